"""Sizes that a scheduled action gives a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sizes(NamedTuple):
    """Number of instances of a group."""

    minimum: int
    maximum: int
    desired: int

    @property
    def are_valid(self) -> bool:
        """True if the desired capacity lies between the others."""
        return self.minimum <= self.desired <= self.maximum


def scheduled_sizes(before: Sizes, action: Mapping[str, Any]) -> Sizes:
    """Return the sizes after an action, in the API's shape.

    Without a desired capacity, that of the group changes only as far as the new limits need (as with
    UpdateAutoScalingGroup, Auto Scaling API 2011-01-01).
    """
    minimum = action.get("MinSize", before.minimum)
    maximum = action.get("MaxSize", before.maximum)
    kept = min(max(before.desired, minimum), maximum)
    return Sizes(minimum, maximum, action.get("DesiredCapacity", kept))
