"""Lessons about scaling: up, out, for a peak, with the demand, and back."""
