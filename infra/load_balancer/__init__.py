"""Application Load Balancer: listeners, target group, health checks and blocked paths."""
