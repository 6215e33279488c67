"""Values of metrics, with percentiles: LocalStack's database, of which only the reading is replaced.

LocalStack has no percentiles, stores a value as often as it was counted, and finds a metric by a part of its
dimensions, so that a load balancer's sum would include that of each of its target groups.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
from typing_extensions import override

from scalable_models_localstack.cloudwatch.metric_statistics import statistic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from scalable_models_localstack.cloudwatch.metric_statistics import Sample

_QUERY: Final = """
SELECT timestamp, 1, value, value, value FROM SINGLE_METRICS WHERE {condition}
UNION ALL
SELECT timestamp, sample_count, sum, min, max FROM AGGREGATED_METRICS WHERE {condition}
"""


class MetricsDatabase(CloudwatchDatabase):
    """Database of all metrics."""

    @override
    def add_metric_data(
        self, account_id: str, region: str, namespace: str, metric_data: Sequence[Mapping[str, Any]]
    ) -> None:
        counted = [datum for metric in metric_data for datum in _without_counts(metric)]
        super().add_metric_data(account_id, region, namespace, counted)  # pyright: ignore[reportArgumentType] - plain dictionaries

    @override
    def get_metric_data_stat(
        self,
        account_id: str,
        region: str,
        query: Any,
        start_time: datetime,
        end_time: datetime,
        scan_by: str,
    ) -> dict[str, list[Any]]:
        asked: Mapping[str, Any] = query["MetricStat"]
        first, end, period = int(start_time.timestamp()), int(end_time.timestamp()), int(asked["Period"])
        samples: defaultdict[int, list[Sample]] = defaultdict(list)
        for timestamp, *sample in self._samples(account_id, region, asked, first, end):
            samples[(timestamp - first) // period].append(tuple(sample))
        times = sorted(samples, reverse=scan_by != "TimestampAscending")
        return {
            "timestamps": [first + number * period for number in times],
            "values": [statistic(asked["Stat"], samples[number]) for number in times],
        }

    def _samples(
        self, account_id: str, region: str, asked: Mapping[str, Any], first: int, end: int
    ) -> list[tuple[Any, ...]]:
        metric: Mapping[str, Any] = asked["Metric"]
        # In LocalStack's form of dimensions, or NULL.
        listed: list[dict[str, str]] = list(metric.get("Dimensions") or [])
        dimensions = self._get_ordered_dimensions_with_separator(listed)  # pyright: ignore[reportUnknownMemberType] - no stubs
        unit = asked.get("Unit")
        conditions = {
            "account_id = ?": account_id,
            "region = ?": region,
            "namespace = ?": metric["Namespace"],
            "metric_name = ?": metric["MetricName"],
            "dimensions IS ?": dimensions,
            "timestamp >= ?": first,
            "timestamp < ?": end,
        }
        if unit:
            conditions["unit IS ?"] = None if unit == "NULL_VALUE" else unit
        text = _QUERY.format(condition=" AND ".join(conditions))
        with self.DATABASE_LOCK:
            connection = sqlite3.connect(self.METRICS_DB_READ_ONLY, uri=True)
            try:
                return connection.execute(text, [*conditions.values()] * 2).fetchall()
            finally:
                connection.close()


def _without_counts(metric: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a metric with a list of values as one statistic set for each value."""
    values: Sequence[float] = metric.get("Values") or ()
    if not values or metric.get("Value") is not None:
        return [dict(metric)]
    counts: Sequence[float] = metric.get("Counts") or [1] * len(values)
    rest = {key: value for key, value in metric.items() if key not in {"Values", "Counts"}}
    return [
        rest
        | {
            "StatisticValues": {
                "SampleCount": count,
                "Sum": count * value,
                "Minimum": value,
                "Maximum": value,
            }
        }
        for value, count in zip(values, counts, strict=True)
        if count
    ]
