"""Parameters of an Auto Scaling group, whose values moto does not check.

Sources: CreateAutoScalingGroup, Auto Scaling API 2011-01-01; "Set the default instance warmup" in the EC2
Auto Scaling user guide. The messages have the form of those of the API's model, which has no such limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MINIMA: Final = {
    "DefaultCooldown": 0,
    "DefaultInstanceWarmup": -1,  # removes it
    "DesiredCapacity": 0,
    "HealthCheckGracePeriod": 0,
    "MaxSize": 0,
    "MinSize": 0,
}
"""Parameter -> its minimum."""

HEALTH_CHECK_TYPES: Final = ("EC2", "EBS", "ELB", "VPC_LATTICE")

DAY: Final = 86_400
"""Minimum seconds of an instance's maximum lifetime; 0 means that it has none."""

TERMINATION_POLICIES: Final = (
    "Default",
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
)

LAMBDA: Final = "arn:aws:lambda:"
"""Beginning of a termination policy that is a function."""


def mistakes_of_numbers(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield which numbers of a group or of a scheduled action are below their minimum."""
    for name, minimum in MINIMA.items():
        value = request.get(name)
        if value is not None and value < minimum:
            place = name[:1].lower() + name[1:]
            yield (
                f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: "
                f"Member must have value greater than or equal to {minimum}"
            )


def mistakes(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the API refuses the parameters of a group, each by itself."""
    yield from mistakes_of_numbers(request)
    for kind in (request.get("HealthCheckType") or "EC2").split(","):
        if kind not in HEALTH_CHECK_TYPES:
            yield f"Health check type {kind} is not valid. Valid types are: {', '.join(HEALTH_CHECK_TYPES)}"
    if 0 < (request.get("MaxInstanceLifetime") or 0) < DAY:
        yield f"MaxInstanceLifetime must be 0 or greater than or equal to {DAY}"
    policies: list[str] = request.get("TerminationPolicies") or []
    for policy in policies:
        if policy not in TERMINATION_POLICIES and not policy.startswith(LAMBDA):
            known = ", ".join(TERMINATION_POLICIES)
            yield f"Termination policy {policy} is not valid. Valid policies are: {known}"
