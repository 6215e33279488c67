"""Comparison of exported models with scikit-learn: same labels, same probabilities."""
