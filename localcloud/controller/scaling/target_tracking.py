"""Emulation of Auto Scaling's decisions as pure arithmetic: instances to replace, and desired capacity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from localcloud.controller.scaling.metric_names import Metric
    from localcloud.controller.scaling.metrics import Datapoint

SCALE_IN_SHARE: Final = 0.9
"""Share of the target below which a group scales in, as in AWS's scale-in alarms."""

HIGH_DATAPOINTS: Final = 3
LOW_DATAPOINTS: Final = 15
"""Datapoints of a minute that must be above the target, or below 90 % of it, as in AWS's alarms."""

CAPACITY_DATAPOINTS: Final = 2
"""Latest datapoints whose mean load gives the capacity. The load of ten seconds varies more than that of
AWS's minute, and a datapoint also has the requests that were held up before it."""

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


@dataclass(frozen=True)
class TargetTrackingPolicy:
    """Target tracking scaling policy."""

    metric: Metric
    target: float
    """Target value in per cent, or in requests per minute and target."""
    may_scale_in: bool = True
    alarms: tuple[str, ...] = ()
    """Names of its alarms in CloudWatch."""


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


@dataclass(frozen=True)
class AlarmStates:
    """States of the two alarms of a target tracking policy."""

    high: AlarmState
    low: AlarmState


def unhealthy_instances(instances: Iterable[InstanceHealth], grace_period: float) -> list[str]:
    """Return the ids of instances that are unhealthy after the health check grace period."""
    return [
        instance.instance_id for instance in instances if not instance.healthy and instance.age > grace_period
    ]


def alarm_states(policy: TargetTrackingPolicy, datapoints: Sequence[Datapoint]) -> AlarmStates:
    """Return the states of a policy's alarms after these datapoints, oldest first."""
    values = [datapoint.value(policy.metric) for datapoint in datapoints]
    return AlarmStates(
        high=_state([value > policy.target for value in values], HIGH_DATAPOINTS),
        low=_state([value < policy.target * SCALE_IN_SHARE for value in values], LOW_DATAPOINTS),
    )


def _state(breaching: Sequence[bool], datapoints: int) -> AlarmState:
    """Return the state of an alarm that needs this number of breaching datapoints, one after the other."""
    if not breaching:
        return "INSUFFICIENT_DATA"
    return "ALARM" if len(breaching) >= datapoints and all(breaching[-datapoints:]) else "OK"


def tracked_capacity(
    desired: int,
    policies: Sequence[TargetTrackingPolicy],
    datapoints: Sequence[Datapoint],
    limits: CapacityLimits,
    *,
    is_warming: bool,
) -> int:
    """Return the desired capacity that the alarms of all target tracking policies give.

    The group scales out if any policy requires it, to the largest capacity, and scales in only if all
    policies allow it ("Multiple target tracking scaling policies", Amazon EC2 Auto Scaling user guide).
    Instances that warm up count, so that the same load does not add others, and the group does not shrink
    before they are warm ("Set the default instance warmup").

    Args:
        desired: present desired capacity.
        policies: policies of the group.
        datapoints: latest datapoints, oldest first.
        limits: minimum and maximum size of the group.
        is_warming: whether an instance is still warming up.
    """
    if not policies or not datapoints:
        return desired
    states = {policy: alarm_states(policy, datapoints) for policy in policies}
    needed = {
        policy: max(1, math.ceil(_latest_load(policy.metric, datapoints) / policy.target))
        for policy in policies
    }
    required = [needed[policy] for policy in policies if states[policy].high == "ALARM"]
    capacity = desired
    if required:
        capacity = max(desired, *required)
    elif not is_warming and all(policy.may_scale_in and states[policy].low == "ALARM" for policy in policies):
        capacity = min(desired, max(needed.values()))
    return min(max(capacity, limits.minimum), limits.maximum)


def _latest_load(metric: Metric, datapoints: Sequence[Datapoint]) -> float:
    """Return the mean load of the latest datapoints, of all instances."""
    latest = list(datapoints)[-CAPACITY_DATAPOINTS:]
    return sum(it.load(metric) * it.seconds for it in latest) / sum(it.seconds for it in latest)
