"""Rules that every stack keeps, one module for each concern."""
