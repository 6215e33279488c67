"""Scaling of groups: policies, their alarms, scheduled actions, and the clock that executes them."""
