"""History of a local cloud for the charts: the points of the last minutes."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.local.watch.observation.snapshot import Point

SECONDS: Final = 600.0
"""Time that the charts show, in seconds: a fleet that has grown takes half of it to shrink again."""

RESOLUTION: Final = 2.0
"""Time that a point stands for, in seconds: a chart has no more pixels, and a rate is one of two seconds."""


class History:
    """Ring of points, oldest first."""

    def __init__(self) -> None:
        """Create a history without points."""
        self._points: deque[Point] = deque()

    def add(self, point: Point) -> Point:
        """Add the newest point, forget those that the charts no longer show, and return it as it is kept.

        It replaces the latest one of the same two seconds.
        """
        if self._points and point.per_second and point.p50 is None:
            # Envoy adds durations up every few seconds; in between, the last ones stand.
            point = replace(point, p50=self._points[-1].p50, p99=self._points[-1].p99)
        if self._points and point.time // RESOLUTION == self._points[-1].time // RESOLUTION:
            self._points.pop()
        self._points.append(point)
        while self._points[0].time < point.time - SECONDS:
            self._points.popleft()
        return point

    @property
    def points(self) -> Sequence[Point]:
        """Points of the last minutes."""
        return tuple(self._points)
