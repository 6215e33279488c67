"""LocalStack as the control plane, in its own virtual environment and without Docker."""
