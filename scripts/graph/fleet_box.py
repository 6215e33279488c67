"""What the picture says of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scripts.graph.layout import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.program.asked import Asked, Program

NAMED: Final = 3
"""Instance types of a mix that are named; of more there would be no end."""


def fleet_box(program: Program) -> Leaf:
    """Describe the group: how many of what, how they are bought, and what their number follows."""
    (group,) = program.of("autoscaling/group")
    (template,) = program.of("ec2/launchTemplate")
    mixed = group.block("mixedInstancesPolicy")
    overrides: list[dict[str, Any]] = mixed.get("launchTemplate", {}).get("overrides", [])
    types = [str(override["instanceType"]) for override in overrides] or [
        str(template.inputs["instanceType"])
    ]
    size = f"{group.inputs['minSize']:g} to {group.inputs['maxSize']:g} x {_either(types)}"
    bought = ", ".join(_bought(mixed.get("instancesDistribution", {})))
    return Leaf(
        key="fleet",
        title="EC2 Auto Scaling group",
        lines=(
            *((size, f"{bought}, IMDSv2, encrypted gp3") if bought else (f"{size}, IMDSv2, encrypted gp3",)),
            f"follows {_listed(_followed(program), 'and')}",
            *_waiting(group),
        ),
        look="compute",
    )


def _either(types: list[str]) -> str:
    if len(types) > NAMED:
        return f"{types[0]} or {len(types) - 1} types like it"
    return _listed(types, "or")


def _bought(distribution: dict[str, Any]) -> Iterator[str]:
    """Say how instances are bought, where that is not all on demand."""
    if share := 100 - distribution.get("onDemandPercentageAboveBaseCapacity", 100):
        base = distribution.get("onDemandBaseCapacity", 0)
        if base:
            yield f"{base:g} on demand"
        yield f"{share:g} % {'of the others ' if base else ''}spot"


def _followed(program: Program) -> list[str]:
    """Say what the fleet's size follows: its load, the time, and what is to be expected."""
    policies = program.of("autoscaling/policy")
    followed = sorted(_target(policy) for policy in policies if _target(policy))
    if program.of("autoscaling/schedule"):
        followed.append("a schedule")
    modes = {policy.block("predictiveScalingConfiguration").get("mode") for policy in policies}
    return [*followed, "a forecast"] if "ForecastAndScale" in modes else followed


def _waiting(group: Asked) -> Iterator[str]:
    if waiting := group.block("warmPool").get("minSize"):
        yield f"{waiting:g} more wait, stopped"


def _listed(words: list[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _target(policy: Asked) -> str:
    tracking = policy.block("targetTrackingConfiguration")
    metric: dict[str, Any] = tracking.get("predefinedMetricSpecification", {})
    return {
        "ALBRequestCountPerTarget": f"{tracking.get('targetValue', 0):,.0f} requests a minute and instance",
        "ASGAverageCPUUtilization": f"{tracking.get('targetValue', 0):g} % CPU",
    }.get(str(metric.get("predefinedMetricType")), "")
