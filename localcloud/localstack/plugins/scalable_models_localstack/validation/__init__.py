"""Validation of requests: the constraints of an API's model, and parameters that it does not have."""
