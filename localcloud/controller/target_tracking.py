"""Plays Auto Scaling's judgement: who is replaced, how many instances there should be. Pure arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCALE_IN_AT: Final = 0.9
"""A group shrinks only below this share of the target, as in AWS's scale-in alarms."""

Metric = Literal["ASGAverageCPUUtilization", "ALBRequestCountPerTarget"]


@dataclass(frozen=True)
class Policy:
    """A target tracking scaling policy."""

    metric: Metric
    target: float
    """Per cent, or requests per minute and target."""
    may_scale_in: bool = True


@dataclass(frozen=True)
class Bounds:
    """How small and how large a group may be."""

    least: int
    most: int


@dataclass(frozen=True)
class Seen:
    """An instance as its balancer sees it."""

    instance_id: str
    age: float
    """Seconds since it was started."""
    healthy: bool


def to_replace(instances: Iterable[Seen], grace_period: float) -> list[str]:
    """Return the ids of the instances that are still unhealthy after the health check grace period."""
    return [seen.instance_id for seen in instances if not seen.healthy and seen.age > grace_period]


def desired_capacity(current: int, policy: Policy, value: float, bounds: Bounds) -> int:
    """Return the size at which the metric would meet its target.

    The metric is per instance, so it halves when the group doubles. As AWS documents, a group grows as far as
    is needed at once, and shrinks only when the metric lies clearly below the target.

    Args:
        current: instances that share the load now; at least one.
        policy: what to aim at.
        value: the metric now, in the unit of the policy's target.
        bounds: of the group.
    """
    wanted = current
    if value > policy.target:
        wanted = math.ceil(current * value / policy.target)
    elif policy.may_scale_in and value < policy.target * SCALE_IN_AT:
        wanted = max(1, math.ceil(current * value / policy.target))
    return min(max(wanted, bounds.least), bounds.most)


def decide(current: int, readings: Sequence[tuple[Policy, float]], bounds: Bounds) -> int:
    """Return the size that several policies agree on: the largest that any of them wants.

    The group grows if any policy is ready to grow, and shrinks only if all are ready to shrink ("Multiple
    target tracking scaling policies", Amazon EC2 Auto Scaling user guide).
    """
    if not readings:
        return current
    return max(desired_capacity(current, policy, value, bounds) for policy, value in readings)


class Patience:
    """Lets a group shrink only after it could have done so for a while; growing waits for nothing."""

    def __init__(self, seconds: float) -> None:
        """Wait `seconds`, in which every wish must have been for fewer instances."""
        self._seconds = seconds
        self._since: float | None = None

    def agree(self, now: float, current: int, wanted: int) -> int:
        """Return the size to take at the time `now` (seconds of a steady clock)."""
        if wanted >= current:
            self._since = None
            return wanted
        if self._since is None:
            self._since = now
        if now - self._since < self._seconds:
            return current
        self._since = None
        return wanted
