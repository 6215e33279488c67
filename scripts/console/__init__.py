"""Output on the terminal that commands share."""
