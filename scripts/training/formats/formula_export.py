"""Export of estimators with a closed formula: linear models and Gaussian naive Bayes."""

from __future__ import annotations

from typing import Any

import numpy as np

from scripts.training.formats.rounding import rounded


def round_linear(fitted: Any) -> None:  # noqa: ANN401 (scikit-learn has no types)
    """Round the parameters of a linear estimator, and of a scaler before it, in place."""
    linear = fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted
    linear.coef_ = rounded(linear.coef_)
    linear.intercept_ = rounded(np.asarray(linear.intercept_))
    if hasattr(fitted, "steps") and is_foldable(fitted):
        scaler = fitted.steps[0][1]
        scaler.mean_, scaler.scale_ = rounded(scaler.mean_), rounded(scaler.scale_)


def is_foldable(fitted: Any) -> bool:  # noqa: ANN401 (the same)
    """Return whether a pipeline consists of a StandardScaler and an estimator."""
    return [type(step).__name__ for _, step in fitted.steps[:-1]] == ["StandardScaler"] and all(
        number is not None for number in (fitted.steps[0][1].mean_, fitted.steps[0][1].scale_)
    )


def export_linear(fitted: Any) -> dict[str, Any]:  # noqa: ANN401 (the same)
    """Return coefficients and intercepts, with the scaler folded into them.

    coef * (x - mean) / scale is coef / scale * x - coef * mean / scale. Of two classes, scikit-learn has one
    score, that of the second against the first, whose own is 0: their softmax is the sigmoid of the score.
    """
    scaler, linear = _steps(fitted)
    coefficients = np.atleast_2d(np.asarray(linear.coef_, dtype=float))
    intercepts = np.broadcast_to(np.asarray(linear.intercept_, dtype=float).ravel(), len(coefficients))
    if len(coefficients) == 1 and hasattr(linear, "classes_"):
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.array([0.0, *intercepts])
    if scaler is not None:
        coefficients = coefficients / scaler.scale_
        intercepts = intercepts - (coefficients * scaler.mean_).sum(axis=1)
    return {
        "kind": "linear",
        "coefficients": coefficients.tolist(),
        "intercepts": intercepts.tolist(),
        **({"link": "exp"} if _is_exponential(linear) else {}),
    }


def _is_exponential(linear: Any) -> bool:  # noqa: ANN401 (the same)
    """Return whether a generalized linear model has a logarithmic link."""
    loss = getattr(linear, "_base_loss", None)  # it has no public name
    return loss is not None and type(loss.link).__name__ == "LogLink"


def round_gaussian(fitted: Any) -> None:  # noqa: ANN401 (the same)
    """Round the parameters of GaussianNB, in place."""
    fitted = fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted
    fitted.theta_, fitted.var_ = rounded(fitted.theta_), rounded(fitted.var_)
    fitted.class_prior_ = rounded(fitted.class_prior_)


def export_gaussian(fitted: Any) -> dict[str, Any]:  # noqa: ANN401 (the same)
    """Return the means, variances and prior of each class."""
    return {
        "kind": "gaussian",
        "means": fitted.theta_.tolist(),
        "variances": fitted.var_.tolist(),
        "priors": fitted.class_prior_.tolist(),
    }


def _steps(fitted: Any) -> tuple[Any, Any]:  # noqa: ANN401 (the same)
    if not hasattr(fitted, "steps"):
        return None, fitted
    (_, scaler), (_, linear) = fitted.steps
    return scaler, linear
