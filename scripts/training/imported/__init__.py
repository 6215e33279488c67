"""Command `iris import`: from a fitted model in a file to a predictor that is equal to it."""
