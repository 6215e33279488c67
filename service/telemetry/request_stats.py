"""Counts what was answered, and has some of it logged.

The server calls `RequestStats.record` once for each request. It costs about half a microsecond: it adds
to plain numbers, which others carry on about once a second, and hands a line to the log for what is sampled.
"""

from __future__ import annotations

import logging
import random
from bisect import bisect_left
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
"""Upper bounds of a histogram's buckets, in seconds. One flower is answered in tens of microseconds."""

NO_ROUTE: Final = "(none)"
"""Stands for the template of a route where there is none: what clients make up must not become a label."""

_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500
"""Plain numbers: to look a member of `HTTPStatus` up costs as much as all the rest of a note."""

_LOG: Final = logging.getLogger("service.requests")


@dataclass(slots=True)
class RouteStats:
    """What happened so far to the requests of one route, status and predictor."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """How many took so long, each alone (not cumulative); the last one is for all that took longer."""
    seconds: float = 0.0
    """How long they took together."""
    flowers: int = 0
    """How many were classified."""


class RequestStats:
    """What one process answered since it started."""

    def __init__(self, *, instance: str, versions: Mapping[str, str], log_sample: int) -> None:
        """Know what each line says.

        Args:
            instance: Who answers.
            versions: The version of each predictor, by its name.
            log_sample: Of so many answers that are no errors one is logged; of 0, none.
        """
        self.by_route: dict[tuple[str, int, str], RouteStats] = {}
        """By route, status and predictor."""
        self.in_flight = 0
        """Requests inside the application now; what is answered in one go never shows."""
        self._instance = instance
        self.versions = versions
        self._log_sample = log_sample
        self._until_logged = self._gap()

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
        """Take note of one answer.

        Args:
            route: Method and template, like `POST /api/v01/classify`; never the path itself.
            status: Of the answer.
            started: When the request came, from `time.perf_counter()`.
            request_id: As sent back.
            predictor: Name of the one that answered; empty where none did.
            flowers: How many it classified.
            size: Bytes of the answer's body.
            traceparent: As sent back, if it was.
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
        self._until_logged -= 1
        if self._until_logged == 0 or status >= _CLIENT_ERROR:
            if self._until_logged <= 0:
                self._until_logged = self._gap()
            self._log(route, status, seconds, request_id, predictor, size, traceparent)

    def _gap(self) -> int:
        # By lot, as what comes at regular intervals would otherwise be logged always or never.
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
