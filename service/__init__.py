"""What answers requests: a trained classifier behind FastAPI."""

__version__ = "0.1.0"
