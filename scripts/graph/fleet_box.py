"""Box of the Auto Scaling group: its size, instance types, purchase options and scaling signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scripts.graph.layout import Node
from scripts.program.resources import block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.program.resources import RequestedResource, StackResources

MAXIMUM_NAMED_TYPES: Final = 3
"""Instance types of a mixed instances policy that the box names; of more it gives the number."""


def fleet_box(resources: StackResources) -> Node:
    """Describe the Auto Scaling group and its launch template."""
    (group,) = resources.of_type("autoscaling/group")
    (template,) = resources.of_type("ec2/launchTemplate")
    mixed = block(group.inputs, "mixedInstancesPolicy")
    overrides: list[dict[str, Any]] = mixed.get("launchTemplate", {}).get("overrides", [])
    types = [str(override["instanceType"]) for override in overrides] or [
        str(template.inputs["instanceType"])
    ]
    size = f"{group.inputs['minSize']:g} to {group.inputs['maxSize']:g} x {_instance_types(types)}"
    purchase_mix = ", ".join(_purchase_mix(mixed.get("instancesDistribution", {})))
    hardening = "IMDSv2, encrypted gp3"
    return Node(
        key="fleet",
        title="EC2 Auto Scaling group",
        lines=(
            *((size, f"{purchase_mix}, {hardening}") if purchase_mix else (f"{size}, {hardening}",)),
            f"follows {_join_words(_scaling_signals(resources), 'and')}",
            *_warm_pool(group),
        ),
        style="compute",
    )


def _instance_types(types: list[str]) -> str:
    if len(types) > MAXIMUM_NAMED_TYPES:
        return f"{types[0]} or {len(types) - 1} similar types"
    return _join_words(types, "or")


def _purchase_mix(distribution: dict[str, Any]) -> Iterator[str]:
    """Yield the shares of on-demand and spot instances, unless all are on demand."""
    if share := 100 - distribution.get("onDemandPercentageAboveBaseCapacity", 100):
        base = distribution.get("onDemandBaseCapacity", 0)
        if base:
            yield f"{base:g} on demand"
        yield f"{share:g} % {'of the rest ' if base else ''}spot"


def _scaling_signals(resources: StackResources) -> list[str]:
    """Return the signals that the group's size follows: load, schedule and forecast."""
    policies = resources.of_type("autoscaling/policy")
    labels = filter(None, map(_target_label, policies))
    signals = sorted(labels, key=lambda label: label.endswith("CPU"))  # requests first
    if resources.of_type("autoscaling/schedule"):
        signals.append("a schedule")
    modes = {block(policy.inputs, "predictiveScalingConfiguration").get("mode") for policy in policies}
    return [*signals, "a forecast"] if "ForecastAndScale" in modes else signals


def _warm_pool(group: RequestedResource) -> Iterator[str]:
    if minimum := block(group.inputs, "warmPool").get("minSize"):
        yield f"warm pool of {minimum:g}, stopped"


def _join_words(words: list[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _target_label(policy: RequestedResource) -> str:
    tracking = block(policy.inputs, "targetTrackingConfiguration")
    metric: dict[str, Any] = tracking.get("predefinedMetricSpecification", {})
    return {
        "ALBRequestCountPerTarget": f"{tracking.get('targetValue', 0):,.0f} requests per minute and instance",
        "ASGAverageCPUUtilization": f"{tracking.get('targetValue', 0):g} % CPU",
    }.get(str(metric.get("predefinedMetricType")), "")
