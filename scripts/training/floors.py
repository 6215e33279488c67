"""Floors of cross-validated scores: a predictor below one is not written."""

from __future__ import annotations

from typing import Final

IRIS_FLOOR: Final = 0.9
"""Minimum cross-validated accuracy of a classifier of iris, unless `--floor` sets it. Two thresholds on one
feature of iris reach 0.95."""

_NOTHING: Final = "Nothing was written."


def accuracy_refusal(name: str, accuracy: float, floor: float | None, baseline: float | None) -> str:
    """Return the sentence on an accuracy that is too low; empty if it is not.

    Args:
        name: Name of the predictor.
        accuracy: Its cross-validated accuracy, from 0 to 1.
        floor: Minimum that the user has set, which the accuracy may equal; None: no better than the baseline
            is too low.
        baseline: Accuracy of always naming the most frequent class; None for iris, which has `IRIS_FLOOR`.
    """
    shown = f"Cross-validated accuracy of {name} is {accuracy:.3f}"
    if floor is None and baseline is not None:
        if accuracy > baseline:
            return ""
        return (
            f"{shown}, no better than always naming the most frequent class ({baseline:.3f}). Try other "
            f"features or another --estimator, or set a --floor. {_NOTHING}"
        )
    required = IRIS_FLOOR if floor is None else floor
    return f"{shown}, but must be at least {required}. {_NOTHING}" if accuracy < required else ""


def r2_refusal(name: str, r2: float, floor: float | None) -> str:
    """Return the sentence on an R² that is too low; empty if it is not.

    Args:
        name: Name of the predictor.
        r2: Its cross-validated R², 0 for predicting the mean, and at most 1.
        floor: Minimum that the user has set, which R² may equal; None: no better than the mean is too low.
    """
    shown = f"Cross-validated R² of {name} is {r2:.3f}"
    if floor is None:
        if r2 > 0:
            return ""
        return (
            f"{shown}, no better than always predicting the mean. Try other features or another "
            f"--estimator, or set a --floor, which may be negative. {_NOTHING}"
        )
    if r2 >= floor:
        return ""
    return f"{shown}, but must be at least {floor:g}, the --floor, which may be negative. {_NOTHING}"
