"""Arithmetic of step and simple scaling policies, as the EC2 Auto Scaling user guide documents it.

Source: "Step and simple scaling policies", sections "Step adjustments" and "Scaling adjustment types".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise
from math import inf
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AdjustmentType: TypeAlias = Literal["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"]


@dataclass(frozen=True, kw_only=True)
class StepAdjustment:
    """Adjustment for a range of the difference between the metric and the alarm's threshold."""

    lower: float
    """Lower bound; minus infinity if it has none."""
    upper: float
    """Upper bound; infinity if it has none."""
    adjustment: int

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> StepAdjustment:
        """Read an adjustment in the API's shape."""
        return cls(
            lower=float(given.get("MetricIntervalLowerBound", -inf)),
            upper=float(given.get("MetricIntervalUpperBound", inf)),
            adjustment=int(given["ScalingAdjustment"]),
        )


def step_for(steps: Sequence[StepAdjustment], breach: float) -> StepAdjustment | None:
    """Return the step of a metric that is `breach` above its threshold, or below if negative; None without.

    Above the threshold the lower bound is inclusive and the upper exclusive; below it, vice versa. A metric
    at its threshold can be in breach on both sides.
    """
    above = (step for step in steps if breach >= 0 and step.lower <= breach < step.upper)
    below = (step for step in steps if breach <= 0 and step.lower < breach <= step.upper)
    return next(chain(above, below), None)


def mistake_of_steps(steps: Sequence[StepAdjustment]) -> str | None:
    """Return why the API refuses these steps, or None.

    Source: StepAdjustment, Auto Scaling API 2011-01-01.
    """
    if not steps:
        return "At least one StepAdjustment must be specified"
    ordered = sorted(steps, key=lambda step: step.lower)
    first, last = ordered[0], ordered[-1]
    mistakes = {
        "MetricIntervalLowerBound must be less than the MetricIntervalUpperBound": any(
            step.lower >= step.upper for step in ordered
        ),
        "MetricIntervalLowerBound and MetricIntervalUpperBound can't both be unspecified": any(
            step.lower == -inf and step.upper == inf for step in ordered
        ),
        "StepAdjustment intervals can't overlap": any(
            before.upper > after.lower for before, after in pairwise(ordered)
        ),
        "StepAdjustment intervals can't have gaps between them": any(
            before.upper < after.lower for before, after in pairwise(ordered)
        ),
        "A StepAdjustment must have an unspecified lower bound when one has a negative lower bound": (
            -inf < first.lower < 0
        ),
        "A StepAdjustment must have an unspecified upper bound when one has a positive upper bound": (
            0 < last.upper < inf
        ),
    }
    return next((mistake for mistake, made in mistakes.items() if made), None)


def adjusted_capacity(current: int, kind: AdjustmentType, adjustment: int, minimum_magnitude: int = 0) -> int:
    """Return the capacity after an adjustment, before the limits of the group apply.

    Args:
        current: Capacity that the adjustment refers to.
        kind: Meaning of the adjustment.
        adjustment: Number of instances, or percentage of the current capacity.
        minimum_magnitude: Minimum number of instances by which a percentage changes the capacity.
    """
    match kind:
        case "ExactCapacity":
            return adjustment
        case "ChangeInCapacity":
            return current + adjustment
        case "PercentChangeInCapacity":
            # 12.7 is rounded to 12, 0.67 to 1, -0.58 to -1, and -6.67 to -6.
            exact = current * abs(adjustment)
            size = max(exact // 100, 1 if exact else 0, minimum_magnitude if adjustment else 0)
            return current + (size if adjustment > 0 else -size)


def required_capacity(*, desired: int, warm: int, scaled: int, limits: tuple[int, int]) -> int:
    """Return the capacity that a policy sets, while some instances may be warming up.

    They do not count for growth, so that two breaches of the same step add instances once, and the group does
    not shrink before they are warm ("Set the default instance warmup", in the same guide).

    Args:
        desired: Desired capacity of the group.
        warm: Number of instances in it that are warm.
        scaled: Capacity after the adjustment of the warm instances.
        limits: Minimum and maximum of the group.
    """
    minimum, maximum = limits
    within = min(max(scaled, minimum), maximum)
    if warm < desired and within < desired:
        return desired
    return within
