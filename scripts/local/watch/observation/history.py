"""History of a local cloud for the charts: the points of the last minutes."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.local.watch.observation.snapshot import Point

SECONDS: Final = 300.0
"""Time that the charts show."""


class History:
    """Ring of points, oldest first."""

    def __init__(self) -> None:
        """Create a history without points."""
        self._points: deque[Point] = deque()

    def add(self, point: Point) -> Point:
        """Add the newest point, forget those that the charts no longer show, and return it as it is kept."""
        if self._points and point.per_second and point.p50 is None:
            # Envoy adds durations up every few seconds; in between, the last ones stand.
            point = replace(point, p50=self._points[-1].p50, p99=self._points[-1].p99)
        self._points.append(point)
        while self._points[0].time < point.time - SECONDS:
            self._points.popleft()
        return point

    @property
    def points(self) -> Sequence[Point]:
        """Points of the last minutes."""
        return tuple(self._points)
