"""Predictors: trained models as plain JSON, their predictions and explanations."""
