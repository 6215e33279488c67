"""Faults of a local cloud under load."""
