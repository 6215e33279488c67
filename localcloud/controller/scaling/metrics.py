"""Datapoints of the metrics that target tracking follows, from counters of requests and CPU time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from localcloud.localstack.time_factor import TIME_FACTOR

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from localcloud.controller.scaling.metric_names import Metric

MINUTE: Final = 60.0

PERIOD: Final = MINUTE / TIME_FACTOR
"""Seconds of a datapoint, which stand for the minute of AWS's alarms."""

KEPT: Final = 15
"""Number of datapoints to keep: as many as the alarm for scale-in needs."""


@dataclass(frozen=True)
class InstanceCounters:
    """Counters of one instance since its start."""

    requests: int
    cpu_seconds: float


@dataclass(frozen=True)
class Datapoint:
    """Requests and CPU time of all instances in one period."""

    seconds: float
    """Length of the period."""
    requests: int
    cpu_seconds: float
    instances: float
    """Mean number of instances."""

    def load(self, metric: Metric) -> float:
        """Return a metric summed over all instances: requests per minute, or per cent of one core."""
        match metric:
            case "ALBRequestCountPerTarget":
                return self.requests * MINUTE / self.seconds
            case "ASGAverageCPUUtilization":
                return 100 * self.cpu_seconds / self.seconds

    def value(self, metric: Metric) -> float:
        """Return a metric per instance, in the unit of its policy."""
        return self.load(metric) / self.instances


class MetricWindow:
    """Latest datapoints, which no replacement of an instance, a load balancer or a controller empties."""

    def __init__(self) -> None:
        self._last: dict[str, InstanceCounters] | None = None
        self._began = 0.0
        self._requests = 0
        self._cpu_seconds = 0.0
        self._instances: list[int] = []
        self.datapoints: deque[Datapoint] = deque(maxlen=KEPT)
        """Datapoints, oldest first."""

    def add(
        self, now: float, counters: dict[str, InstanceCounters], warming: AbstractSet[str] = frozenset()
    ) -> Datapoint | None:
        """Add the counters of each instance, by id; return the datapoint if a period ends now.

        Args:
            now: time in seconds of a monotonic clock.
            counters: counters since the start of each instance. What had been counted before the first call
                belongs to no period.
            warming: ids of instances that warm up, whose boot is no load.
        """
        if self._last is None:
            self._last, self._began = dict(counters), now
            return None
        for name, counted in counters.items():
            before = self._last.get(name, InstanceCounters(requests=0, cpu_seconds=0))
            self._requests += _increase(before.requests, counted.requests)
            if name not in warming:
                self._cpu_seconds += _increase(before.cpu_seconds, counted.cpu_seconds)
        # A counter that is missing for a moment goes on from where it was.
        self._last |= counters
        self._instances.append(len(counters))
        seconds = now - self._began
        if seconds < PERIOD:
            return None
        mean = sum(self._instances) / len(self._instances)
        datapoint = Datapoint(seconds, self._requests, self._cpu_seconds, mean) if mean else None
        if datapoint:
            self.datapoints.append(datapoint)
        self._began, self._requests, self._cpu_seconds, self._instances = now, 0, 0.0, []
        return datapoint


Number = TypeVar("Number", int, float)


def _increase(before: Number, after: Number) -> Number:
    """Return by how much a counter has increased, also one that began anew with its load balancer."""
    return after - before if after >= before else after
