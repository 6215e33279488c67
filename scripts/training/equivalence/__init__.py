"""Proof that exported models give the labels of scikit-learn."""
