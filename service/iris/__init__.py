"""Iris: the definition of the default model, and everything in the service that is particular to it."""
