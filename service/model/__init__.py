"""Predictors: trained models as plain JSON, and what they answer."""
