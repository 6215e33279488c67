"""Clock of a test in place of the module `time`."""

from __future__ import annotations


class Clock:
    """Clock that moves only while its user sleeps, or when a test sets it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.pauses.append(seconds)
        self.now += seconds
