"""Metrics of the target tracking policies, computed from counters of requests and CPU time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from localcloud.controller.target_tracking import Metric

PERIOD: Final = 60.0
"""Length of the metric window in seconds; CloudWatch's period for both metrics."""


@dataclass(frozen=True)
class InstanceCounters:
    """Counters of one instance since its start."""

    requests: int
    cpu_seconds: float


@dataclass(frozen=True)
class _Sample:
    time: float
    instances: int
    requests: int
    cpu_seconds: float


class MetricWindow:
    """Sliding window over counter samples, which yields averages per instance for the last period."""

    def __init__(self) -> None:
        self._last: dict[str, InstanceCounters] = {}
        self._samples: deque[_Sample] = deque()

    def add(self, now: float, counters: dict[str, InstanceCounters]) -> None:
        """Add the counters of each instance, by id, at the time `now` (seconds of a monotonic clock)."""
        nothing = InstanceCounters(requests=0, cpu_seconds=0)
        before = {name: self._last.get(name, nothing) for name in counters}
        self._samples.append(
            _Sample(
                time=now,
                instances=len(counters),
                requests=sum(counters[name].requests - before[name].requests for name in counters),
                cpu_seconds=sum(counters[name].cpu_seconds - before[name].cpu_seconds for name in counters),
            )
        )
        # An instance that is missing in a reading goes on from where it was.
        self._last |= counters
        while now - self._samples[0].time > PERIOD:
            self._samples.popleft()

    def value(self, metric: Metric) -> float | None:
        """Return a metric in the unit of its policy, or None until the window covers a whole period."""
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
