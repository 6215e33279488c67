"""Parameters of a scaling policy: which its type needs and takes, and their values.

Lengths and words are in the API's model. Sources: PutScalingPolicy, PredefinedMetricSpecification and
ExecutePolicy, Auto Scaling API 2011-01-01.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from scalable_models_localstack.autoscaling.scaling.adjustment import StepAdjustment, mistake_of_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "SimpleScaling": ("AdjustmentType", "ScalingAdjustment"),
    "StepScaling": ("AdjustmentType", "StepAdjustments"),
    "TargetTrackingScaling": ("TargetTrackingConfiguration",),
    "PredictiveScaling": ("PredictiveScalingConfiguration",),
}
"""Type of a policy -> parameters that it needs."""

TYPES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "AdjustmentType": ("SimpleScaling", "StepScaling"),
    "Cooldown": ("SimpleScaling",),
    "EstimatedInstanceWarmup": ("StepScaling", "TargetTrackingScaling"),
    "MetricAggregationType": ("StepScaling",),
    "MinAdjustmentMagnitude": ("SimpleScaling", "StepScaling"),
    "PredictiveScalingConfiguration": ("PredictiveScaling",),
    "ScalingAdjustment": ("SimpleScaling",),
    "StepAdjustments": ("StepScaling",),
    "TargetTrackingConfiguration": ("TargetTrackingScaling",),
}
"""Parameter -> types of the policies that take it."""

ADJUSTMENT_TYPES: Final = ("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")

AGGREGATION_TYPES: Final = ("Minimum", "Maximum", "Average")

RESOURCE_LABEL: Final = re.compile(r"app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+")
"""Load balancer and target group whose requests are counted."""


def mistakes(policy: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the API refuses a policy, in the shape of PutScalingPolicy with its type."""
    kind = policy["PolicyType"]
    if kind not in REQUIRED:
        yield f"PolicyType must be one of: {', '.join(REQUIRED)}"
        return
    for name in REQUIRED[kind]:
        if policy.get(name) is None:
            yield f"{name} must be specified for policy type {kind}"
    for name, kinds in TYPES_OF.items():
        if name in policy and kind not in kinds:
            yield f"{name} is not supported for policy type {kind}"
    yield from _mistakes_of_values(policy)
    if kind == "StepScaling" and (
        mistake := mistake_of_steps([StepAdjustment.parse(step) for step in policy["StepAdjustments"]])
    ):
        yield mistake
    if kind == "TargetTrackingScaling":
        yield from _mistakes_of_tracking(policy["TargetTrackingConfiguration"])


def _mistakes_of_values(policy: Mapping[str, Any]) -> Iterator[str]:
    words = {"AdjustmentType": ADJUSTMENT_TYPES, "MetricAggregationType": AGGREGATION_TYPES}
    for name, allowed in words.items():
        if policy.get(name, allowed[0]) not in allowed:
            yield f"{name} must be one of: {', '.join(allowed)}"
    for name in ("Cooldown", "EstimatedInstanceWarmup", "MinAdjustmentMagnitude"):
        if policy.get(name, 0) < 0:
            yield f"{name} must be greater than or equal to 0"
    steps = [policy, *policy.get("StepAdjustments", [])]
    if policy.get("AdjustmentType") == "ExactCapacity" and any(
        step.get("ScalingAdjustment", 0) < 0 for step in steps
    ):
        yield "ScalingAdjustment must be greater than or equal to 0 for adjustment type ExactCapacity"


def _mistakes_of_tracking(configuration: Mapping[str, Any]) -> Iterator[str]:
    kinds = ("PredefinedMetricSpecification", "CustomizedMetricSpecification")
    if sum(configuration.get(kind) is not None for kind in kinds) != 1:
        yield f"Exactly one of {' and '.join(kinds)} must be specified"
    if configuration["TargetValue"] <= 0:
        yield "TargetValue must be greater than 0"
    predefined: Mapping[str, str] = configuration.get("PredefinedMetricSpecification") or {}
    counts_requests = predefined.get("PredefinedMetricType") == "ALBRequestCountPerTarget"
    label = predefined.get("ResourceLabel")
    if counts_requests and (label is None or not RESOURCE_LABEL.fullmatch(label)):
        yield (
            "ResourceLabel must be app/<load-balancer-name>/<load-balancer-id>/targetgroup/"
            "<target-group-name>/<target-group-id> for metric type ALBRequestCountPerTarget"
        )
    if predefined and label is not None and not counts_requests:
        yield f"ResourceLabel is not supported for metric type {predefined['PredefinedMetricType']}"


def mistakes_of_execution(kind: str, request: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the API refuses to execute a policy of a type by a request of ExecutePolicy."""
    is_step = kind == "StepScaling"
    for name in ("MetricValue", "BreachThreshold"):
        if is_step and request.get(name) is None:
            yield f"{name} must be specified for a step scaling policy"
        if not is_step and request.get(name) is not None:
            yield f"{name} is not supported for policy type {kind}"
    if request.get("HonorCooldown") and kind != "SimpleScaling":
        yield f"HonorCooldown is not supported for policy type {kind}"
