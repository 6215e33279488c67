"""Measurement of requests a second and vCPU on this machine."""
