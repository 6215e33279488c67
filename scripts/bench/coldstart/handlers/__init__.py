"""What the function is compared with."""
