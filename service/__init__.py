"""The HTTP service: a trained classifier behind FastAPI."""

__version__ = "0.1.0"
