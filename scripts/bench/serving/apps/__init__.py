"""Measured servers: each is a separate program, which the project never imports."""
