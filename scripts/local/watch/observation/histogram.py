"""Histograms of durations: difference of two readings, and quantiles by interpolation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Bucket: TypeAlias = tuple[float, float]
"""Lower and upper bound of a bucket, in seconds."""

Histogram: TypeAlias = Mapping[Bucket, int]
"""Number of durations in each bucket."""

MILLISECOND: Final = 0.001

LARGEST: Final = 60.0
"""Upper bound, in seconds, of a bucket that has none."""


def envoy_histogram(totals: Iterable[Mapping[str, Any]]) -> Histogram:
    """Return a histogram from the buckets in Envoy's statistics (`histogram_buckets=detailed`).

    Envoy measures whole milliseconds, rounded down.
    """
    found: Counter[Bucket] = Counter()
    for bucket in totals:
        lower, width = float(bucket["lower_bound"]), float(bucket["width"])
        found[MILLISECOND * lower, MILLISECOND * (lower + max(width, 1.0))] += int(bucket["count"])
    return found


def cumulative_histogram(counts: Mapping[float, int]) -> Histogram:
    """Return a histogram from Prometheus's cumulative counts, by upper bound in seconds."""
    found: dict[Bucket, int] = {}
    lower, below = 0.0, 0
    for upper in sorted(counts):
        bound = min(upper, max(LARGEST, lower))
        found[lower, bound] = counts[upper] - below
        lower, below = bound, counts[upper]
    return found


def added(before: Histogram, after: Histogram) -> Histogram:
    """Return the durations after an earlier reading; all of them if its counts began anew."""
    difference = {bucket: count - before.get(bucket, 0) for bucket, count in after.items()}
    return after if any(count < 0 for count in difference.values()) else difference


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """Return the durations of several histograms together."""
    total: Counter[Bucket] = Counter()
    for histogram in histograms:
        total.update(histogram)
    return total


def quantile(histogram: Histogram, share: float) -> float | None:
    """Return the duration in seconds that a share of them does not exceed; None without any.

    Within a bucket, durations are spread evenly, as in Prometheus's `histogram_quantile`.
    """
    rank = share * sum(histogram.values())
    below = 0
    for (lower, upper), count in sorted(histogram.items()):
        if count and below + count >= rank:
            return lower + (upper - lower) * (rank - below) / count
        below += count
    return None
