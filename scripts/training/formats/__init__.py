"""Model formats that estimators are exported to."""
