"""Servers that are measured. Each is a program of its own, and none is imported by the project."""
