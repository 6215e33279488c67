"""From Fisher's data to a packed predictor: estimator, cross-validation, form, agreement, model card."""
