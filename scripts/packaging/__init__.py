"""Command `iris pack`: the service as one archive."""
