"""Comparison of instance types, of scaling up and out, and of fleet and function."""
