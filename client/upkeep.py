"""Background thread that repeats a piece of work, so that no request waits for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Upkeep:
    """Daemon thread that starts with the first `wake` and works after each interval or `wake`."""

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
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, once."""
        with self._lock:
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._run, name="client-upkeep", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Work soon."""
        self._woken.set()

    def close(self) -> None:
        """End the thread, after the work that it is at."""
        with self._lock:
            self._is_closed = True
        self._woken.set()

    def _run(self) -> None:
        while True:
            self._woken.wait(self._interval)
            self._woken.clear()
            if self._is_closed:
                return
            self._work()
