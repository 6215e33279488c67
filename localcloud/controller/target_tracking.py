"""Emulation of Auto Scaling's decisions as pure arithmetic: instances to replace, and desired capacity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCALE_IN_SHARE: Final = 0.9
"""Share of the target below which a group scales in, as in AWS's scale-in alarms."""

Metric = Literal["ASGAverageCPUUtilization", "ALBRequestCountPerTarget"]


@dataclass(frozen=True)
class TargetTrackingPolicy:
    """Target tracking scaling policy."""

    metric: Metric
    target: float
    """Target value in per cent, or in requests per minute and target."""
    may_scale_in: bool = True


@dataclass(frozen=True)
class CapacityLimits:
    """Minimum and maximum size of a group."""

    minimum: int
    maximum: int


@dataclass(frozen=True)
class InstanceHealth:
    """Health and age of an instance."""

    instance_id: str
    age: float
    """Seconds since its start."""
    healthy: bool


def unhealthy_instances(instances: Iterable[InstanceHealth], grace_period: float) -> list[str]:
    """Return the ids of instances that are unhealthy after the health check grace period."""
    return [
        instance.instance_id for instance in instances if not instance.healthy and instance.age > grace_period
    ]


def desired_capacity(current: int, policy: TargetTrackingPolicy, value: float, limits: CapacityLimits) -> int:
    """Return the capacity at which the metric would meet its target.

    The metric is per instance, so it halves when the group doubles. As AWS documents, a group scales out to
    the required size at once, and scales in only when the metric is clearly below the target.

    Args:
        current: number of instances that share the load; at least one.
        policy: metric and target value.
        value: current metric, in the unit of the policy's target.
        limits: minimum and maximum size of the group.
    """
    capacity = current
    if value > policy.target:
        capacity = math.ceil(current * value / policy.target)
    elif policy.may_scale_in and value < policy.target * SCALE_IN_SHARE:
        capacity = max(1, math.ceil(current * value / policy.target))
    return min(max(capacity, limits.minimum), limits.maximum)


def decide_capacity(
    current: int, readings: Sequence[tuple[TargetTrackingPolicy, float]], limits: CapacityLimits
) -> int:
    """Return the capacity for several policies: the largest that any of them requires.

    The group scales out if any policy requires it, and scales in only if all policies allow it ("Multiple
    target tracking scaling policies", Amazon EC2 Auto Scaling user guide).
    """
    if not readings:
        return current
    return max(desired_capacity(current, policy, value, limits) for policy, value in readings)


class ScaleInCooldown:
    """Delay of scale-in until all evaluations for some time have allowed it; scale-out is immediate."""

    def __init__(self, seconds: float) -> None:
        """Create a cooldown of `seconds`."""
        self._seconds = seconds
        self._since: float | None = None

    def apply(self, now: float, current: int, required: int) -> int:
        """Return the capacity to set at the time `now` (seconds of a monotonic clock)."""
        if required >= current:
            self._since = None
            return required
        if self._since is None:
            self._since = now
        if now - self._since < self._seconds:
            return current
        self._since = None
        return required
