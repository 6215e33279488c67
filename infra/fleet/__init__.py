"""EC2 Auto Scaling group: launch template, boot, scaling policies, schedule and lifecycle hooks."""
