"""Command `iris predict`: predictions for the rows of a file."""
