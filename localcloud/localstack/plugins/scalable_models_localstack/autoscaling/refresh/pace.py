"""Pace of an instance refresh: pure arithmetic of its limits and checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class InstanceLimits:
    """Limits of a group's instances during a refresh."""

    minimum: int
    """Minimum number of instances in service."""
    maximum: int
    """Maximum number of instances in total."""

    @classmethod
    def of(cls, desired: int, min_percent: int, max_percent: int) -> InstanceLimits:
        """Compute the limits from percentages of the desired capacity, with room for one replacement."""
        minimum, maximum = ceil(desired * min_percent / 100), floor(desired * max_percent / 100)
        return cls(minimum=minimum if maximum > minimum else minimum - 1, maximum=maximum)


@dataclass(frozen=True, kw_only=True)
class InstanceCounts:
    """Number of a group's instances by their state in a refresh."""

    outdated: int
    """Instances to be replaced, which are in service until then."""
    held: int = 0
    """Those of them that are protected from scale-in and wait for their release."""
    ready: int
    """New instances that are healthy and warmed up."""
    waiting: int
    """New instances that are not ready yet."""
    surplus: int
    """Instances above the desired capacity: successors of outdated instances still in service."""


def launches_allowed(count: InstanceCounts, limits: InstanceLimits, allowed: int) -> int:
    """Return how many successors can be launched before their predecessors are terminated.

    Args:
        count: Current instances.
        limits: Limits of the group.
        allowed: Replacements until the next checkpoint, including those in progress.
    """
    room = limits.maximum - count.outdated - count.ready - count.waiting
    return max(0, min(room, count.outdated - count.held - count.surplus, allowed - count.surplus))


def terminations_allowed(count: InstanceCounts, limits: InstanceLimits, allowed: int) -> int:
    """Return how many outdated instances can be terminated now; arguments as for `launches_allowed`."""
    replaceable = count.outdated - count.held
    return max(0, min(replaceable, count.ready + count.outdated - limits.minimum, allowed))


def checkpoint_goal(total: int, percentages: Sequence[int], passed: int) -> int:
    """Return how many of `total` instances must be replaced at the next checkpoint after `passed` ones."""
    percent = percentages[passed] if passed < len(percentages) else 100
    return ceil(total * percent / 100)
