"""How fast an instance refresh may go, as plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Instances that a group may have while some are replaced."""

    least: int
    """That serve."""
    most: int
    """Altogether."""

    @classmethod
    def of(cls, desired: int, min_percent: int, max_percent: int) -> Bounds:
        """Take percentages of the desired capacity. Where they leave no room, one at a time is replaced."""
        least, most = ceil(desired * min_percent / 100), floor(desired * max_percent / 100)
        return cls(least=least if most > least else least - 1, most=most)


@dataclass(frozen=True, kw_only=True)
class Count:
    """What a group consists of."""

    outdated: int
    """To be replaced; they serve meanwhile."""
    ready: int
    """Up to date, healthy and warm."""
    waiting: int
    """Up to date, but not ready yet."""
    surplus: int
    """Over the desired capacity: successors of those that still serve."""


def to_launch(count: Count, bounds: Bounds, allowed: int) -> int:
    """Return how many successors may be launched before their predecessors end.

    Args:
        count: What is there.
        bounds: What may be there.
        allowed: How many may be replaced until the next checkpoint, those under way included.
    """
    room = bounds.most - count.outdated - count.ready - count.waiting
    return max(0, min(room, count.outdated - count.surplus, allowed - count.surplus))


def to_end(count: Count, bounds: Bounds, allowed: int) -> int:
    """Return how many of the outdated may end now; arguments as for `to_launch`."""
    return max(0, min(count.outdated, count.ready + count.outdated - bounds.least, allowed))


def goal(total: int, percentages: Sequence[int], passed: int) -> int:
    """Return how many of `total` are to be replaced at the checkpoint after the `passed` ones."""
    percent = percentages[passed] if passed < len(percentages) else 100
    return ceil(total * percent / 100)
