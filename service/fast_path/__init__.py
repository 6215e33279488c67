"""Faster answers for the most frequent requests; without it every answer stays the same."""
