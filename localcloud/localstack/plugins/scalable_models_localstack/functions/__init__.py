"""Lambda functions without Docker: each execution environment is a process of this machine."""
