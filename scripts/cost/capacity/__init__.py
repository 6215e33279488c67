"""Measurement of requests per second and vCPU on this machine, and its scaling to other types."""
