"""Prometheus metrics: the counts of this process, brought up to date about once a second.

`service.telemetry.request_stats` counts requests in plain numbers. A histogram of `prometheus_client` takes
one duration at a time, which costs as much as answering a request. Therefore the buckets are counters, which
take any number at once, and `PrometheusMetrics.collect` makes one histogram of them.

Several workers share a directory, named in `PROMETHEUS_MULTIPROC_DIR` before they start. Each writes its
numbers into files of its own (`service.telemetry.metrics_files`), and the worker that answers `/metrics` adds
all of them up. The counts of a worker that died stay, as counters must never fall; the supervisor removes its
gauges, such as requests in flight. A worker without room for its files shows only its own numbers.
"""

from __future__ import annotations

import logging
import os
import platform
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest, values
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

from service import __version__
from service.telemetry import metrics_files
from service.telemetry.json_logs import dropped_record_count
from service.telemetry.request_stats import BUCKETS, RouteStats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from service.telemetry.request_stats import RequestStats

DIRECTORY_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable that the supervisor sets and `prometheus_client` reads."""

_LABELS: Final = ("method", "route", "status")
_BUCKET_COUNTS: Final = "http_requests_by_duration"
_SECONDS: Final = "http_requests_seconds"
"""Names of the counters behind the histogram; they are not shown themselves."""

_LOG: Final = logging.getLogger("service")

_BOUNDS: Final = (*map(str, BUCKETS), "+Inf")
"""Values of the label `le`: upper bounds, in seconds."""


@dataclass(frozen=True, slots=True)
class _Series:
    """Counters of one route, status and predictor, and the counts that they already hold."""

    buckets: tuple[Counter, ...]
    seconds: Counter
    flowers: Counter
    added: RouteStats = field(default_factory=RouteStats)

    def add(self, now: RouteStats) -> None:
        """Add the requests counted since the last call."""
        added = self.added
        if now.seconds == added.seconds:
            return
        for bucket, count, before in zip(self.buckets, now.buckets, added.buckets, strict=True):
            if count != before:
                bucket.inc(count - before)
        self.seconds.inc(now.seconds - added.seconds)
        if now.flowers != added.flowers:
            self.flowers.inc(now.flowers - added.flowers)
        added.buckets[:] = now.buckets
        added.seconds = now.seconds
        added.flowers = now.flowers


class PrometheusMetrics(Collector):
    """The metrics of this process and, where several share a directory, of all of them."""

    def __init__(
        self,
        stats: RequestStats,
        *,
        versions: Mapping[str, str],
        features: Mapping[str, Iterable[str]],
        open_connections: Callable[[], int],
    ) -> None:
        """Create the metrics.

        Args:
            stats: Counts of the requests that this process answers.
            versions: The version of each predictor, by its name.
            features: The short names of each predictor's features, by its name.
            open_connections: Returns the number of connections of this process.
        """
        self._stats = stats
        self._open_connections = open_connections
        self._series: dict[tuple[str, int, str], _Series] = {}
        self._dropped = 0
        own = CollectorRegistry()
        directory = _shared_directory()
        self._source: Collector = MultiProcessCollector(None, directory) if directory else own
        self._bucket_counts = Counter(_BUCKET_COUNTS, "Requests.", [*_LABELS, "le"], registry=own)
        self._seconds = Counter(_SECONDS, "Seconds.", _LABELS, registry=own)
        self._flowers = Counter("iris_predictions", "Rows predicted.", ["predictor"], registry=own)
        self._out_of_range = Counter(
            "iris_inputs_out_of_range",
            "Values refused because they are out of their feature's range.",
            ["predictor", "feature"],
            registry=own,
        )
        self._out_of_range_added: dict[tuple[str, str], int] = {}
        self._lines = Counter(
            "iris_log_lines_dropped", "Lines of the log that could not be written.", registry=own
        )
        self._in_flight = Gauge(
            "http_requests_in_flight",
            "Requests inside the application.",
            multiprocess_mode="livesum",
            registry=own,
        )
        self._connections = Gauge(
            "http_connections_open", "Connections to clients.", multiprocess_mode="livesum", registry=own
        )
        build = Gauge(
            "iris_build_info",
            "Which versions answer: always 1.",
            ["version", "python"],
            multiprocess_mode="livemax",
            registry=own,
        )
        build.labels(__version__, platform.python_version()).set(1)
        predictor = Gauge(
            "iris_predictor_info",
            "Which predictors are loaded: always 1.",
            ["predictor", "version"],
            multiprocess_mode="livemax",
            registry=own,
        )
        for name, version in versions.items():
            predictor.labels(name, version).set(1)
            self._flowers.labels(name)  # shows 0 before its first prediction
        for name, short_names in features.items():
            for short_name in short_names:
                self._out_of_range.labels(name, short_name)

    def update(self) -> None:
        """Add to the metrics the requests counted since the last call."""
        for key, now in self._stats.by_route.items():
            series = self._series.get(key)
            if series is None:
                series = self._series[key] = self._create_series(*key)
            series.add(now)
        for labels, count in self._stats.out_of_range.items():
            added = count - self._out_of_range_added.get(labels, 0)
            if added:
                self._out_of_range.labels(*labels).inc(added)
                self._out_of_range_added[labels] = count
        dropped = dropped_record_count()
        self._lines.inc(dropped - self._dropped)
        self._dropped = dropped
        self._in_flight.set(self._stats.in_flight)
        self._connections.set(self._open_connections())

    def _create_series(self, route: str, status: int, predictor: str) -> _Series:
        method, _, template = route.partition(" ")
        labels = (method, template, f"{status // 100}xx")
        return _Series(
            buckets=tuple(self._bucket_counts.labels(*labels, bound) for bound in _BOUNDS),
            seconds=self._seconds.labels(*labels),
            flowers=self._flowers.labels(predictor) if predictor else self._flowers,
        )

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield all metrics, with the histogram in place of the counters behind it."""
        families = {family.name: family for family in self._source.collect()}
        seconds = families.pop(_SECONDS, None)
        bucket_counts = families.pop(_BUCKET_COUNTS, None)
        if seconds and bucket_counts:
            yield _histogram(bucket_counts, seconds)
        yield from families.values()

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus's text format, version 0.0.4."""
        self.update()
        return generate_latest(self)


def _shared_directory() -> str | None:
    """Return the directory that the workers share, with the files of this one; None if there is none."""
    directory = os.environ.get(DIRECTORY_VARIABLE)
    if not directory:
        return None
    try:
        metrics_files.allocate(directory, os.getpid())
    except OSError as error:
        _LOG.warning(
            "each worker shows only its own metrics: cannot write to %s: %s", directory, error.strerror
        )
        values.ValueClass = values.MutexValue  # in memory, as in a process without other workers
        return None
    values.ValueClass = values.MultiProcessValue()  # pyright: ignore[reportUnknownMemberType]
    return directory


def _histogram(bucket_counts: Metric, seconds: Metric) -> Metric:
    histogram = HistogramMetricFamily(
        "http_request_duration_seconds",
        "How long requests took, from their complete head to the end of their answer.",
        labels=_LABELS,
    )
    counts = {(*labels, bound): count for (*labels, bound), count in _totals(bucket_counts, (*_LABELS, "le"))}
    for labels, total in _totals(seconds, _LABELS):
        cumulative = accumulate(counts.get((*labels, bound), 0) for bound in _BOUNDS)
        histogram.add_metric(labels, buckets=list(zip(_BOUNDS, cumulative, strict=True)), sum_value=total)
    return histogram


def _totals(counter: Metric, labels: Iterable[str]) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the values of the labels and the total of each series."""
    for sample in counter.samples:
        if sample.name.endswith("_total"):  # next to it is the time of its creation
            yield tuple(sample.labels[label] for label in labels), sample.value
