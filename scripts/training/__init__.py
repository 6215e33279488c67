"""Command `iris train`: from Fisher's data to exported predictors, with cross-validation and model cards."""
