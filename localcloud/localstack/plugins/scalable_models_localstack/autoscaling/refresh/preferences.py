"""Preferences of an instance refresh: their defaults, and what the API refuses.

Source: RefreshPreferences and StartInstanceRefresh, Auto Scaling API 2011-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MIN_HEALTHY_PERCENTAGE: Final = 90
MAX_HEALTHY_PERCENTAGE: Final = 100
"""Default percentages of the desired capacity that may be in service."""

LARGEST_PERCENTAGE: Final = 200

MAXIMUM_DIFFERENCE: Final = 100
"""Maximum difference of the two healthy percentages."""

CHECKPOINT_DELAY: Final = 3600
"""Default delay at a checkpoint in seconds."""


@dataclass(frozen=True, kw_only=True)
class RefreshPreferences:
    """Preferences of an instance refresh."""

    requested: dict[str, Any]
    """Preferences as requested."""
    min_percent: int
    max_percent: int
    warmup: timedelta
    """Time after the launch of an instance until it counts as ready."""
    checkpoints: tuple[int, ...]
    """Percentages of replaced instances at which it pauses."""
    checkpoint_delay: timedelta
    bake_time: timedelta
    """Time between the last replacement and the end, in which it can be rolled back."""
    skip_matching: bool
    auto_rollback: bool
    protected: Literal["Refresh", "Ignore", "Wait"]
    """Whether it replaces instances that are protected from scale-in, leaves them, or waits until they are
    released."""
    standby: Literal["Terminate", "Ignore", "Wait"]
    """Whether it terminates instances in standby, leaves them, or waits until they are in service again."""


def mistakes(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the API refuses the preferences in a request of StartInstanceRefresh."""
    requested: Mapping[str, Any] = request.get("Preferences", {})
    minimum, maximum = _percentages(requested)
    if "MaxHealthyPercentage" in requested and "MinHealthyPercentage" not in requested:
        yield "MaxHealthyPercentage requires MinHealthyPercentage"
    in_range = 0 <= minimum <= MAX_HEALTHY_PERCENTAGE <= maximum <= LARGEST_PERCENTAGE
    if not in_range or maximum - minimum > MAXIMUM_DIFFERENCE:
        yield f"The healthy percentages {minimum} and {maximum} are out of range or too far apart"
    checkpoints: list[int] = requested.get("CheckpointPercentages", [])
    if checkpoints and (checkpoints != sorted(set(checkpoints)) or checkpoints[-1] != 100):  # noqa: PLR2004 - percent
        yield "Checkpoint percentages must be ascending, and here the last must be 100"
    if requested.get("AutoRollback", False) and "DesiredConfiguration" not in request:
        yield "AutoRollback requires a DesiredConfiguration"


def parse(requested: dict[str, Any], *, default_warmup: int) -> RefreshPreferences:
    """Return preferences without mistakes, with the default of each that is not requested.

    Args:
        requested: Preferences in the API's shape.
        default_warmup: Seconds of the group's default warm-up, or else its grace period.
    """
    minimum, maximum = _percentages(requested)
    warmup = requested.get("InstanceWarmup")
    return RefreshPreferences(
        requested=requested,
        min_percent=minimum,
        max_percent=maximum,
        warmup=timedelta(seconds=default_warmup if warmup is None else warmup),
        checkpoints=tuple(requested.get("CheckpointPercentages", ())),
        checkpoint_delay=timedelta(seconds=requested.get("CheckpointDelay", CHECKPOINT_DELAY)),
        bake_time=timedelta(seconds=requested.get("BakeTime", 0)),
        skip_matching=requested.get("SkipMatching", False),
        auto_rollback=requested.get("AutoRollback", False),
        protected=requested.get("ScaleInProtectedInstances", "Wait"),
        standby=requested.get("StandbyInstances", "Wait"),
    )


def _percentages(requested: Mapping[str, Any]) -> tuple[int, int]:
    return (
        requested.get("MinHealthyPercentage", MIN_HEALTHY_PERCENTAGE),
        requested.get("MaxHealthyPercentage", MAX_HEALTHY_PERCENTAGE),
    )
