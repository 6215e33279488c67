"""The two metrics that scaling policies follow, from running totals of requests and CPU time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from localcloud.controller.target_tracking import Metric

PERIOD: Final = 60.0
"""Seconds that a metric looks back; CloudWatch's period for both metrics."""


@dataclass(frozen=True)
class Totals:
    """Counters of one instance since it started."""

    requests: int
    cpu_seconds: float


@dataclass(frozen=True)
class _Sample:
    time: float
    instances: int
    requests: int
    cpu_seconds: float


class Meter:
    """Turns totals, read now and then, into averages per instance over the last period."""

    def __init__(self) -> None:
        self._last: dict[str, Totals] = {}
        self._samples: deque[_Sample] = deque()

    def read(self, now: float, totals: dict[str, Totals]) -> None:
        """Take the totals of each instance, by its id, at the time `now` (seconds of a steady clock)."""
        nothing = Totals(requests=0, cpu_seconds=0)
        before = {name: self._last.get(name, nothing) for name in totals}
        self._samples.append(
            _Sample(
                time=now,
                instances=len(totals),
                requests=sum(totals[name].requests - before[name].requests for name in totals),
                cpu_seconds=sum(totals[name].cpu_seconds - before[name].cpu_seconds for name in totals),
            )
        )
        self._last = dict(totals)
        while now - self._samples[0].time > PERIOD:
            self._samples.popleft()

    def value(self, metric: Metric) -> float | None:
        """Return a metric in the unit of its policy, or None as long as less than a whole period is known."""
        if len(self._samples) < 2:  # noqa: PLR2004 - one sample spans no time
            return None
        first, *later = self._samples
        seconds = later[-1].time - first.time
        if seconds < PERIOD * 0.8:
            return None
        instances = sum(sample.instances for sample in later) / len(later)
        if not instances:
            return None
        match metric:
            case "ALBRequestCountPerTarget":
                return sum(sample.requests for sample in later) / instances * PERIOD / seconds
            case "ASGAverageCPUUtilization":
                return 100 * sum(sample.cpu_seconds for sample in later) / instances / seconds
