"""Statistics of the values of a metric in one period."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")

Sample = tuple[float, float, float, float]
"""Number of values, their sum, minimum and maximum."""


def statistic(name: str, samples: Sequence[Sample]) -> float:
    """Return a statistic of the samples of one period.

    A percentile is the smallest value that this share of the values does not exceed; a statistic set counts
    with its maximum.
    """
    count = sum(sample[0] for sample in samples)
    match name:
        case "SampleCount":
            return count
        case "Sum":
            return sum(sample[1] for sample in samples)
        case "Average":
            return sum(sample[1] for sample in samples) / count
        case "Minimum":
            return min(sample[2] for sample in samples)
        case "Maximum":
            return max(sample[3] for sample in samples)
        case _:
            return _percentile(name, samples, count)


def _percentile(name: str, samples: Sequence[Sample], count: float) -> float:
    found = PERCENTILE.fullmatch(name)
    if found is None:
        raise ValueError(f"the statistic {name} is not supported")
    rank, seen = float(found[1]) / 100 * count, 0.0
    ordered = sorted(samples, key=lambda sample: sample[3])
    for number, _, _, value in ordered:
        seen += number
        if seen >= rank:
            return value
    return ordered[-1][3]
