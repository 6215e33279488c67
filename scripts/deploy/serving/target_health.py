"""Boot of a deployed fleet: healthy targets of its load balancer, and the reasons of the others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from types_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef

    from localcloud.aws.client_factory import ClientFactory

RETRY_SECONDS: Final = 5.0
"""Seconds between two requests for the health of the targets."""

MAXIMUM_REASONS: Final = 3
"""Maximum targets whose reasons the error names."""


class UnhealthyFleetError(RuntimeError):
    """Too few targets are healthy in time; the message has their reasons, and where to read more."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Auto Scaling group and target group of a deployed stack."""

    group: str
    target_group_arn: str

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, Any]) -> Fleet | None:
        """Return the fleet of a stack by its outputs; None if it has none."""
        if "autoScalingGroup" not in outputs or "targetGroupArn" not in outputs:
            return None
        return cls(group=outputs["autoScalingGroup"], target_group_arn=outputs["targetGroupArn"])


def wait_until_healthy(
    clients: ClientFactory, fleet: Fleet, timeout: float, on_progress: Callable[[str], None]
) -> None:
    """Wait until as many targets are healthy as the group has instances.

    Args:
        clients: Clients of the region.
        fleet: Groups of the stack.
        timeout: Seconds to wait for.
        on_progress: Receives the number of healthy targets.

    Raises:
        UnhealthyFleetError: Too few were healthy in time.
    """
    deadline = time.monotonic() + timeout
    while True:
        desired = _desired_capacity(clients, fleet.group)
        found = clients("elbv2").describe_target_health(TargetGroupArn=fleet.target_group_arn)
        targets = found["TargetHealthDescriptions"]
        healthy = sum(_state(target) == "healthy" for target in targets)
        counted = f"{healthy} of {desired} healthy"
        if healthy >= desired:
            on_progress(counted)
            return
        if time.monotonic() + RETRY_SECONDS > deadline:
            break
        on_progress(f"Waiting for the instances: {counted}")
        time.sleep(RETRY_SECONDS)
    reasons = "; ".join(_reasons(clients, fleet.group, targets))
    raise UnhealthyFleetError(f"after {timeout:.0f} s the fleet is {counted}: {reasons}")


def _desired_capacity(clients: ClientFactory, group: str) -> int:
    found = clients("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    return sum(one["DesiredCapacity"] for one in found["AutoScalingGroups"])


def _state(target: TargetHealthDescriptionTypeDef) -> str:
    return target.get("TargetHealth", {}).get("State", "unknown")


def _reasons(
    clients: ClientFactory, group: str, targets: Sequence[TargetHealthDescriptionTypeDef]
) -> list[str]:
    """Return why targets are not healthy, and where to read more: for no target, why none was launched."""
    ill = [target for target in targets if _state(target) not in {"healthy", "draining"}]
    if not ill:
        return [_failed_launch(clients, group)]
    reasons: list[str] = []
    for target in ill[:MAXIMUM_REASONS]:
        health = target.get("TargetHealth", {})
        described = ", ".join(filter(None, (_state(target), health.get("Reason"), health.get("Description"))))
        reasons.append(f"{target.get('Target', {}).get('Id')} is {described}")
    instance = ill[0].get("Target", {}).get("Id")
    command = f"aws ec2 get-console-output --latest --output text --instance-id {instance}"
    return [*reasons, f"see the system log with `{command}`"]


def _failed_launch(clients: ClientFactory, group: str) -> str:
    found = clients("autoscaling").describe_scaling_activities(AutoScalingGroupName=group, MaxRecords=20)
    failed = [one for one in found["Activities"] if one["StatusCode"] in {"Failed", "Cancelled"}]
    more = f"`aws autoscaling describe-scaling-activities --auto-scaling-group-name {group}`"
    if not failed:
        return f"no instance is registered yet; see {more}"
    reason = " ".join(failed[0].get("StatusMessage", "no reason given").split())
    return f"no instance could be launched: {reason}; see {more}"
