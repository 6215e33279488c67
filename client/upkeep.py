"""Background thread that repeats a piece of work, so that no request waits for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


PAUSE_SECONDS: Final = 1.0
"""Minimum time between two pieces of work: in an outage, every failed request wakes the thread."""


class Upkeep:
    """Daemon thread that works after each interval or `wake`."""

    def __init__(self, work: Callable[[], None], interval: float) -> None:
        """Describe the thread; nothing is started yet.

        Args:
            work: the work, which raises nothing.
            interval: seconds between two pieces of work.
        """
        self._work = work
        self._interval = interval
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, once."""
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="client-upkeep", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Work soon."""
        self._woken.set()

    def close(self) -> None:
        """End the thread, after the work that it is at."""
        self._closed.set()
        self._woken.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._woken.wait(self._interval)
            self._woken.clear()
            if self._closed.is_set():
                return
            self._work()
            self._closed.wait(min(PAUSE_SECONDS, self._interval))
