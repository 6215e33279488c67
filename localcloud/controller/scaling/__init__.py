"""Scaling of the fleet: datapoints, target tracking, its alarms, and metrics in CloudWatch."""
