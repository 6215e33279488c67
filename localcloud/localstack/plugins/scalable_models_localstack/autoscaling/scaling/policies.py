"""Scaling policies of the groups: storage, validation, execution, and the alarms of target tracking.

moto refuses step policies with an internal error, keeps one policy of a name for all groups, and executes
policies beyond a group's limits.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scalable_models_localstack.autoscaling.lookup import client_error, validation_error
from scalable_models_localstack.autoscaling.scaling.adjustment import (
    StepAdjustment,
    adjusted_capacity,
    required_capacity,
    step_for,
)
from scalable_models_localstack.autoscaling.scaling.policy_parameters import mistakes
from scalable_models_localstack.autoscaling.time_factor import compressed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scalable_models_localstack.autoscaling.group import ScalingGroup

Policy = dict[str, Any]
"""Policy in the shape of DescribePolicies."""


def new_policy(request: Mapping[str, Any]) -> Policy:
    """Return the policy that a request of PutScalingPolicy describes, without its ARN.

    Raises:
        CommonServiceException: it is invalid.
    """
    policy = {name: value for name, value in request.items() if value is not None}
    kind = policy.setdefault("PolicyType", "SimpleScaling")
    policy.setdefault("Enabled", True)
    for mistake in mistakes(policy):
        raise validation_error(mistake)
    if kind == "StepScaling":
        policy.setdefault("MetricAggregationType", "Average")
    if kind == "TargetTrackingScaling":
        policy["TargetTrackingConfiguration"].setdefault("DisableScaleIn", False)
    return policy


def execute(
    group: ScalingGroup, policy: Policy, cause: str, breach: float | None, *, honor_cooldown: bool
) -> None:
    """Set the capacity that a step or simple policy requires.

    Args:
        group: The group of the policy.
        policy: The policy.
        cause: Beginning of the sentence in its activities, such as "a user request executed policy x".
        breach: Difference of the metric and the alarm's threshold; only for step policies.
        honor_cooldown: Refuse a simple policy during the cooldown.

    Raises:
        CommonServiceException: it can't be executed.
    """
    kind = policy["PolicyType"]
    if kind == "StepScaling":
        steps = [StepAdjustment.parse(step) for step in policy["StepAdjustments"]]
        step = None if breach is None else step_for(steps, breach)
        if step is None:
            raise validation_error("Metric value does not correspond to a step adjustment of the policy")
        adjustment, warm = step.adjustment, _warm_instances(group, policy)
    elif kind == "SimpleScaling":
        if honor_cooldown:
            check_cooldown(group)
        adjustment, warm = int(policy["ScalingAdjustment"]), group.desired_capacity or 0
    else:
        raise validation_error(f"A policy of type {kind} can't be executed by a request")
    desired = group.desired_capacity or 0
    # While instances warm up, growth is counted from the warm ones, and shrinking from all.
    scaled = adjusted_capacity(
        warm, policy["AdjustmentType"], adjustment, policy.get("MinAdjustmentMagnitude", 0)
    )
    size = required_capacity(
        desired=desired, warm=warm, scaled=scaled, limits=(group.min_size or 0, group.max_size or 0)
    )
    if size != desired:
        group.scale(size, f"{cause} changing the desired capacity from {desired} to {size}")
        if "Cooldown" in policy:
            group.start_cooldown(policy["Cooldown"])


def check_cooldown(group: ScalingGroup) -> None:
    """Refuse a request during the cooldown of the last scaling activity.

    Raises:
        CommonServiceException: the cooldown goes on.
    """
    if datetime.now(UTC) < group.cooldown_until:
        raise client_error(
            "ScalingActivityInProgress",
            f"The cooldown of the last scaling activity of {group.name} lasts until "
            f"{group.cooldown_until:%H:%M:%S} UTC and blocks this action",
        )


def _warm_instances(group: ScalingGroup, policy: Policy) -> int:
    """Return the number of instances in service whose warm-up is over."""
    parameters = group.autoscaling_backend.extra_parameters.get(group.name, {})
    warmup = policy.get("EstimatedInstanceWarmup", parameters.get("DefaultInstanceWarmup"))
    seconds = (group.default_cooldown or 0) if warmup is None else warmup
    since = datetime.now(UTC) - timedelta(seconds=compressed(seconds))
    members = group.active_instances()
    return sum(getattr(state, "launched", since) <= since for state in members)
