"""Traffic over a week, assumed or read from CloudWatch."""
