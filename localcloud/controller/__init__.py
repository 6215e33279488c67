"""Process that keeps instances as Auto Scaling wants them: reconciliation, metrics and scaling."""
