"""Functions of models generated as source: formulas without loops, and columns computed from a row."""
