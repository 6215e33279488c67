"""Commands `iris deploy` and `iris doctor`: deployment to AWS, its preflight checks, and its removal."""
