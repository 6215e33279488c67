"""Periods in which an alarm reads a metric: pure arithmetic of their length, times and values.

Metrics of AWS's own namespaces come from the local cloud, where a minute of them is shorter
(`LOCAL_CLOUD_TIME_FACTOR`): so are their periods here, and a number that is counted in one is that of a whole
period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scalable_models_localstack.autoscaling.time_factor import compressed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COUNTS: Final = frozenset({"Sum", "SampleCount"})
"""Statistics that grow with the length of a period."""


class MetricPeriods(NamedTuple):
    """Consecutive periods, the last of which is the latest that has ended."""

    start: int
    """Beginning of the first one, in seconds since 1970."""
    length: int
    """Seconds of each."""
    number: int
    factor: float
    """Factor from a value in a period here to that of a period on AWS."""

    @property
    def end(self) -> int:
        """End of the last one, in seconds since 1970."""
        return self.start + self.number * self.length

    def values(self, found: Iterable[tuple[int, float]]) -> list[float | None]:
        """Return the value of each period, oldest first, from begin and value of those with data."""
        by_time = dict(found)
        values = [by_time.get(self.start + number * self.length) for number in range(self.number)]
        return [None if value is None else value * self.factor for value in values]


def metric_periods(stat: Mapping[str, Any], number: int, now: float) -> MetricPeriods:
    """Return the latest periods of a metric.

    Args:
        stat: Metric, period and statistic, in the shape of MetricStat.
        number: Number of periods.
        now: Seconds since 1970.
    """
    on_aws = int(stat["Period"])
    is_compressed = str(stat["Metric"].get("Namespace", "")).startswith("AWS/")
    length = max(1, round(compressed(on_aws))) if is_compressed else on_aws
    end = int(now) // length * length
    factor = on_aws / length if stat["Stat"] in COUNTS else 1
    return MetricPeriods(end - number * length, length, number, factor)
