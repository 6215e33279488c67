"""Controller process: reconciliation of instances with Auto Scaling, metrics and scaling policies."""
