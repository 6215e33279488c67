"""Values of metrics, with percentiles: LocalStack's database, with other ways of writing and reading it.

LocalStack has no percentiles, stores a value as often as it was counted, and finds a metric by a part of its
dimensions, so that a load balancer's sum would include that of each of its target groups. It also waits for
the disk after each value.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
from typing_extensions import override

from scalable_models_localstack.cloudwatch.metric_statistics import statistic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from scalable_models_localstack.cloudwatch.metric_statistics import Sample

_SINGLE: Final = """
INSERT INTO SINGLE_METRICS (
    account_id, region, namespace, metric_name, timestamp, dimensions, unit, storage_resolution, value
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_AGGREGATED: Final = """
INSERT INTO AGGREGATED_METRICS (
    account_id, region, namespace, metric_name, timestamp, dimensions, unit, storage_resolution,
    sample_count, sum, min, max
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_STATISTICS: Final = ("SampleCount", "Sum", "Minimum", "Maximum")

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
        single: list[tuple[Any, ...]] = []
        aggregated: list[tuple[Any, ...]] = []
        for metric in metric_data:
            about = (account_id, region, namespace, *self._about(metric))
            if metric.get("Value") is not None:
                single.append((*about, metric["Value"]))
            aggregated += [(*about, *statistics) for statistics in _statistics(metric)]
        # It is useless after LocalStack ends: nothing waits until it is on the disk.
        with self.DATABASE_LOCK, closing(sqlite3.connect(self.METRICS_DB)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executemany(_SINGLE, single)
            connection.executemany(_AGGREGATED, aggregated)

    def _about(self, metric: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the columns that describe a metric's data."""
        at: datetime | None = metric.get("Timestamp")
        return (
            metric.get("MetricName"),
            int(at.timestamp() if at else time.time()),
            self._dimensions(metric),
            metric.get("Unit"),
            metric.get("StorageResolution"),
        )

    def _dimensions(self, metric: Mapping[str, Any]) -> str | None:
        """Return dimensions in LocalStack's form, or None."""
        listed: list[dict[str, str]] = list(metric.get("Dimensions") or [])
        return self._get_ordered_dimensions_with_separator(listed)  # pyright: ignore[reportUnknownMemberType] - no stubs

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
        unit = asked.get("Unit")
        conditions = {
            "account_id = ?": account_id,
            "region = ?": region,
            "namespace = ?": metric["Namespace"],
            "metric_name = ?": metric["MetricName"],
            "dimensions IS ?": self._dimensions(metric),
            "timestamp >= ?": first,
            "timestamp < ?": end,
        }
        if unit:
            conditions["unit IS ?"] = None if unit == "NULL_VALUE" else unit
        text = _QUERY.format(condition=" AND ".join(conditions))
        with (
            self.DATABASE_LOCK,
            closing(sqlite3.connect(self.METRICS_DB_READ_ONLY, uri=True)) as connection,
        ):
            return connection.execute(text, [*conditions.values()] * 2).fetchall()


def _statistics(metric: Mapping[str, Any]) -> list[tuple[float, ...]]:
    """Return the statistic sets of a metric: one for each value of a list, or its own one, if it has any."""
    values: Sequence[float] = metric.get("Values") or ()
    if not values or metric.get("Value") is not None:
        given: Mapping[str, float] | None = metric.get("StatisticValues")
        return [tuple(given[name] for name in _STATISTICS)] if given else []
    counts: Sequence[float] = metric.get("Counts") or [1] * len(values)
    return [
        (count, count * value, value, value) for value, count in zip(values, counts, strict=True) if count
    ]
