"""Envoy as the load balancer: its configuration, its routes and its process."""
