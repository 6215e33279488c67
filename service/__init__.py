"""What answers requests: a trained classifier behind FastAPI."""
