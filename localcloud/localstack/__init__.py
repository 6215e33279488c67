"""LocalStack as the control plane, in an environment of its own and without Docker."""
