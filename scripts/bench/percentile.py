"""Percentile of a sample, one rule for all measurements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def percentile(samples: Iterable[float], share: float) -> float:
    """Return a percentile by nearest rank: the least sample that as large a share does not exceed.

    It is a latency that was measured, unlike an interpolation, also in the sparse tail; 0 without samples.
    """
    ascending = sorted(samples)
    if not ascending:
        return 0.0
    # The rank is exact for shares such as 0.999, whose product with the number is not.
    return ascending[max(0, math.ceil(round(share * len(ascending), 6)) - 1)]
