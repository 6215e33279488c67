"""Training data of the user: a CSV file, its columns, the definition inferred from them, and its refusals."""
