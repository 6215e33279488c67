"""Costs of serving predictions: prices -> demand -> sizing -> comparison -> tables and charts."""
