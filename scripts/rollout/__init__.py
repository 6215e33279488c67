"""Releases a new version bit by bit, and takes it back when an alarm goes off."""
