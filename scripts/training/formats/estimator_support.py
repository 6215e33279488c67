"""Support of an estimator of scikit-learn: its export format, or the reason why it has none."""

from __future__ import annotations

from dataclasses import dataclass


class EstimatorError(Exception):
    """An estimator can't be trained or exported; the message says why, and names an alternative."""


@dataclass(frozen=True)
class EstimatorSupport:
    """Export format of one estimator, or the reason why there is none."""

    estimator: str
    """Name of its class."""
    module: str
    """Module of scikit-learn."""
    kind: str | None
    """Kind of the exported predictor; None if it can't be exported."""
    remark: str
    """Exported content, or the reason why it can't be exported."""
    nearest: str | None = None
    """Most similar estimator that can be exported, for one that can't be, or not always."""
    task: str = "classification"
    """`classification` or `regression`."""
