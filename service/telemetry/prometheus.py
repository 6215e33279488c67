"""Tells Prometheus what was answered: plain counts of this process, carried over about once a second.

Several workers share a folder, named in `PROMETHEUS_MULTIPROC_DIR` before they start. Each writes its numbers
into files of its own, and whichever is asked adds all of them up. Counts of a worker that died stay, as
counters must never fall; what only the living have, like requests in flight, goes with it.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service import __version__
from service.telemetry.json_logs import dropped_record_count
from service.telemetry.request_stats import BUCKETS, RouteStats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from service.telemetry.request_stats import RequestStats

DIRECTORY_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""What the library reads when it is imported."""


class PrometheusMetrics:
    """The numbers of this process and, where several share a folder, of all of them."""

    def __init__(
        self, stats: RequestStats, *, versions: Mapping[str, str], open_connections: Callable[[], int]
    ) -> None:
        """Know where to get the numbers.

        Args:
            stats: Counts what this process answers.
            versions: The version of each predictor, by its name.
            open_connections: Counts those of this process.
        """
        self._stats = stats
        self._open_connections = open_connections
        self._carried: dict[tuple[str, int, str], RouteStats] = {}
        self._dropped = 0
        folder = os.environ.get(DIRECTORY_VARIABLE)
        self._folder = Path(folder) if folder else None
        self._registry = own = CollectorRegistry()
        self._durations = Histogram(
            "http_request_duration_seconds",
            "How long requests took, from their complete head to the end of their answer.",
            ["method", "route", "status"],
            buckets=BUCKETS,
            registry=own,
        )
        self._flowers = Counter("iris_predictions", "Flowers classified.", ["predictor"], registry=own)
        self._lines = Counter(
            "iris_log_lines_dropped", "LogQueue of the log that could not be written in time.", registry=own
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
            self._flowers.labels(name)  # shows 0 until it is asked

    def carry_over(self) -> None:
        """Bring what is told up to date with what was counted."""
        for key, route_stats in self._stats.by_route.items():
            before = self._carried.setdefault(key, RouteStats())
            if route_stats.seconds != before.seconds:
                self._carry(key, before, route_stats)
        dropped = dropped_record_count()
        self._lines.inc(dropped - self._dropped)
        self._dropped = dropped
        self._in_flight.set(self._stats.in_flight)
        self._connections.set(self._open_connections())

    def _carry(self, key: tuple[str, int, str], before: RouteStats, now: RouteStats) -> None:
        route, status, predictor = key
        method, _, template = route.partition(" ")
        # Its public way in takes one duration at a time, which would cost as much as to answer a request.
        durations: Any = self._durations.labels(method, template, f"{status // 100}xx")
        for bucket, count, carried in zip(durations._buckets, now.buckets, before.buckets, strict=True):  # noqa: SLF001 (see above)
            if count != carried:
                bucket.inc(count - carried)
        durations._sum.inc(now.seconds - before.seconds)  # noqa: SLF001 (see above)
        if now.flowers != before.flowers:
            self._flowers.labels(predictor).inc(now.flowers - before.flowers)
        before.buckets[:] = now.buckets
        before.seconds = now.seconds
        before.flowers = now.flowers

    def exposition(self) -> bytes:
        """Write all numbers in Prometheus's text format, version 0.0.4."""
        self.carry_over()
        if self._folder is None:
            return generate_latest(self._registry)
        _forget_the_dead(self._folder)
        everyones = CollectorRegistry()
        MultiProcessCollector(everyones, str(self._folder))
        return generate_latest(everyones)


def _forget_the_dead(folder: Path) -> None:
    """Remove what only the living have; the library leaves it to whoever knows who they are."""
    for file in folder.glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
