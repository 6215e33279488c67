"""Robustness benchmark: malformed and unusual requests."""
