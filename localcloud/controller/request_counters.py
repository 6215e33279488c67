"""Requests of each target over all load balancers, which start to count from zero when they are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class RequestCounters:
    """Counters that only grow, also when the load balancers that they are read from are replaced."""

    def __init__(self) -> None:
        """Create counters of no requests."""
        self._last: dict[str, dict[str, int]] = {}
        self._totals: dict[str, int] = {}

    def add(self, source: str, counters: Mapping[str, int]) -> None:
        """Add what a load balancer counts now.

        A load balancer that does not answer is not added; what it counts meanwhile is added when it does.

        Args:
            source: name of the load balancer. At its first sight, what it has counted before is not added.
            counters: requests by target since the load balancer or the target was new to the other.
        """
        last = self._last.get(source, counters)
        for target, count in counters.items():
            # A counter that is lower than before is that of another process, which began at zero.
            before = last.get(target, 0)
            grown = count - before if count >= before else count
            self._totals[target] = self._totals.get(target, 0) + grown
        self._last[source] = dict(counters)

    def total(self, target: str) -> int:
        """Return the requests of a target since its first sight."""
        return self._totals.get(target, 0)
