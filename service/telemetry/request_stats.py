"""Counts of requests by route, status and predictor, and a sample of them in the log.

The server calls `RequestStats.record` once per request, which takes about half a microsecond: it adds to
plain numbers, which `service.telemetry.prometheus` reads about once a second, and logs a line for sampled
requests.
"""

from __future__ import annotations

import logging
import random
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final

from service.telemetry import request_id as request_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

BUCKETS: Final = (
    0.000_1,
    0.000_25,
    0.000_5,
    0.001,
    0.002_5,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    10.0,
)
"""Upper bounds of the histogram's buckets, in seconds. A request for one flower takes tens of
microseconds."""

NO_ROUTE: Final = "(none)"
"""Path template of a request without a route, as paths of clients must not become labels."""

MAX_REFUSALS_LOGGED: Final = 100
"""Maximum number of refused requests that are logged per second, apart from the sample: a client could
otherwise fill the log, and the line takes a third of the time of a refusal."""

_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500
"""Plain numbers, as looking up a member of `HTTPStatus` takes as long as the rest of `record`."""

_LOG: Final = logging.getLogger("service.requests")


@dataclass(slots=True)
class RouteStats:
    """Counts of the requests of one route, status and predictor."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """Number of requests in each bucket, not cumulative; the last one is for longer durations."""
    seconds: float = 0.0
    """Total duration, in seconds."""
    flowers: int = 0
    """Number of flowers classified."""


class RequestStats:
    """Counts of the requests that one process has answered."""

    def __init__(self, *, instance: str, versions: Mapping[str, str], log_sample: int) -> None:
        """Create the counts, all zero.

        Args:
            instance: Name of this instance.
            versions: The version of each predictor, by its name.
            log_sample: One in so many responses is logged apart from errors; with 0, none.
        """
        self.by_route: dict[tuple[str, int, str], RouteStats] = {}
        """Counts by route, status and predictor."""
        self.out_of_range: Counter[tuple[str, str]] = Counter()
        """Values out of their feature's range, by predictor and feature."""
        self.in_flight = 0
        """Requests inside the application now, without those that the fast path answers at once."""
        self._instance = instance
        self.versions = versions
        self._log_sample = log_sample
        self._until_next_log = self._sampling_interval()
        self._refusals_left = 0
        self._second_ends = 0.0

    def count_out_of_range(self, predictor: str, features: Mapping[str, int]) -> None:
        """Count values that were refused because they are out of range.

        Args:
            predictor: Name of the predictor that was asked.
            features: Short name of a feature, as its definition has it -> number of values.
        """
        for name, count in features.items():
            self.out_of_range[predictor, name] += count

    def record(
        self,
        route: str,
        status: int,
        started: float,
        request_id: bytes,
        predictor: str = "",
        *,
        flowers: int = 1,
        size: int = 0,
        traceparent: bytes | None = None,
    ) -> None:
        """Count one response, and log it if it is sampled or an error, within limits.

        Args:
            route: Method and template, like `POST /api/v01/classify`; never the path itself.
            status: Status of the response.
            started: Start of the request, from `time.perf_counter()`.
            request_id: Id in the response.
            predictor: Name of the predictor that answered; empty if none did.
            flowers: Number of flowers it classified.
            size: Bytes of the response's body.
            traceparent: Value in the response, if there is one.
        """
        seconds = perf_counter() - started
        key = (route, status, predictor)
        route_stats = self.by_route.get(key)
        if route_stats is None:
            route_stats = self.by_route[key] = RouteStats()
        route_stats.buckets[bisect_left(BUCKETS, seconds)] += 1
        route_stats.seconds += seconds
        if predictor:
            route_stats.flowers += flowers
        self._until_next_log -= 1
        if self._until_next_log == 0 or (
            status >= _CLIENT_ERROR and self._is_error_logged(status, started + seconds)
        ):
            if self._until_next_log <= 0:
                self._until_next_log = self._sampling_interval()
            self._log(route, status, seconds, request_id, predictor, size, traceparent)

    def _is_error_logged(self, status: int, now: float) -> bool:
        if status == _SERVER_ERROR:
            return True
        if now >= self._second_ends:
            self._second_ends = now + 1.0
            self._refusals_left = MAX_REFUSALS_LOGGED
        self._refusals_left -= 1
        return self._refusals_left >= 0

    def _sampling_interval(self) -> int:
        # At random, as periodic requests would otherwise be logged always or never.
        return random.randint(1, 2 * self._log_sample - 1) if self._log_sample else -1  # noqa: S311 (no secret)

    def _log(
        self,
        route: str,
        status: int,
        seconds: float,
        request_id: bytes,
        predictor: str,
        size: int,
        traceparent: bytes | None,
    ) -> None:
        method, _, template = route.partition(" ")
        _LOG.log(
            logging.ERROR if status >= _SERVER_ERROR else logging.INFO,
            "%s %d",
            route,
            status,
            extra={
                "fields": {
                    "request_id": request_id.decode(),
                    "trace_id": request_ids.trace_id_of(traceparent) if traceparent else None,
                    "method": method,
                    "route": template,
                    "status": status,
                    "duration_ms": round(seconds * 1_000, 3),
                    "bytes": size,
                    "instance": self._instance,
                    "predictor": predictor or None,
                    "version": self.versions.get(predictor),
                }
            },
        )
