"""Percentile of a sample, one rule for all measurements."""

from __future__ import annotations

from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def percentile_99(samples: Sequence[float]) -> float:
    """Return the 99th percentile, between the two nearest samples (numpy's `linear`); 0 without samples."""
    return quantiles(samples, n=100, method="inclusive")[98] if len(samples) > 1 else sum(samples)
