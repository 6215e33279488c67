"""Routing of requests: Envoy's routes and filters for listener rules, target groups and sticky sessions."""
