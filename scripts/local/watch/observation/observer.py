"""Observer of a local cloud: a reading every second, and the snapshot and the history that follow from it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from scripts.local.watch.observation.history import History
from scripts.local.watch.observation.snapshot import take_snapshot

if TYPE_CHECKING:
    from scripts.local.watch.observation.reading import Reading
    from scripts.local.watch.observation.snapshot import Snapshot

INTERVAL: Final = 1.0
"""Seconds between two readings."""

WINDOW: Final = 3
"""Number of readings that a rate is taken over."""


class Reader(Protocol):
    """Source of readings."""

    def read(self) -> Reading:
        """Return the reading of this moment."""
        ...


class Observer:
    """Snapshots of one cloud, each with the history until then."""

    def __init__(self, reader: Reader) -> None:
        """Create an observer that has seen nothing yet."""
        self._reader = reader
        self._readings: deque[Reading] = deque(maxlen=WINDOW)
        self.history = History()
        """Points of the last minutes."""

    def observe(self) -> Snapshot:
        """Read the cloud, add a point to the history, and return the snapshot."""
        self._readings.append(self._reader.read())
        snapshot = take_snapshot(self._readings[0], self._readings[-1])
        if not snapshot.url:
            return snapshot
        return replace(snapshot, point=self.history.add(snapshot.point))
