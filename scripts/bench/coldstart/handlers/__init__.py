"""Handlers that the project's function is compared with."""
