"""Record of a stack and of its fleet, from which a lost LocalStack is provisioned again.

LocalStack keeps all resources in its memory. The record is in the cloud's folder, and is deleted with it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from localcloud.aws.clients import Api
    from localcloud.controller.aws_queries import GroupDescription
    from localcloud.load_balancer.description import LoadBalancerDescription


@dataclass(frozen=True, kw_only=True)
class StackRecord:
    """Arguments with which a stack was provisioned."""

    project: str
    """Name of the Pulumi project."""
    program: str
    """Folder of the Pulumi program."""
    config: Mapping[str, str]
    """Config by full key, without the archives."""
    file_config: Mapping[str, str]
    """Part of the config that the stack's files set."""
    archives: Mapping[str, str]
    """Paths of the archives by config key; they are copies in the cloud's folder."""

    def save(self, file: Path) -> None:
        """Write the record."""
        replace_text(file, json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> StackRecord | None:
        """Read the record; return None if there is none."""
        fields = _read(file)
        return cls(**fields) if fields else None


@dataclass(frozen=True, kw_only=True)
class FleetRecord:
    """State of a fleet as the AWS API described it last, which the program does not restore."""

    zones: Mapping[str, str] = field(default_factory=dict[str, str])
    """Zone of each instance of the group, by its id."""
    standby: list[str] = field(default_factory=list[str])
    """Instances of the group in standby."""
    protected: list[str] = field(default_factory=list[str])
    """Instances of the group that are protected from scale-in."""
    detached: Mapping[str, str] = field(default_factory=dict[str, str])
    """Zone of each instance that has left the group and goes on, by its id."""
    registered: list[str] | None = None
    """Instances that are registered with the target group; None if that was not recorded."""
    minimum: int = 0
    maximum: int = 0
    desired: int = 0
    suspended: list[str] = field(default_factory=list[str])
    """Suspended processes of the group."""
    load_balancer_attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    target_group_attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(
        cls,
        group: GroupDescription,
        balancer: LoadBalancerDescription,
        registered: Iterable[str] = (),
        detached: Mapping[str, str] = MappingProxyType({}),
    ) -> FleetRecord:
        """Return the record of a group behind a load balancer.

        Args:
            group: the group.
            balancer: the load balancer.
            registered: ids of the instances that are registered with the target group.
            detached: zones of the instances that have left the group and go on, by their ids.
        """
        return cls(
            zones={instance.instance_id: instance.zone for instance in group.instances},
            standby=sorted(group.ids - group.in_service),
            protected=sorted(each.instance_id for each in group.instances if each.is_protected),
            detached=dict(detached),
            registered=sorted(registered),
            minimum=group.limits.minimum,
            maximum=group.limits.maximum,
            desired=group.desired,
            suspended=sorted(group.suspended),
            load_balancer_attributes={
                key: value
                for key, value in balancer.load_balancer_attributes.items()
                if ".s3." not in key  # names of buckets, which are other ones in another LocalStack
            },
            target_group_attributes=dict(balancer.target_group_attributes),
        )

    def save(self, file: Path) -> None:
        """Write the record."""
        replace_text(file, json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> FleetRecord | None:
        """Read the record; return None if there is none."""
        fields = _read(file)
        return cls(**fields) if fields else None


def restore_fleet(
    api: Api, group: str, target_group: str, fleet: FleetRecord, alive: Collection[str]
) -> None:
    """Set sizes, members and suspended processes of a group in another LocalStack to what they were.

    Args:
        api: API of the LocalStack.
        group: name of the group, in which some instances have been adopted.
        target_group: ARN of its target group.
        fleet: the record.
        alive: ids of the recorded instances that still run, all of which the group adopts.
    """
    autoscaling = api.client("autoscaling")
    standby = [name for name in fleet.standby if name in alive]
    detached = [name for name in fleet.detached if name in alive]
    # All are members at first: those in standby and the detached ones then leave it with their capacity.
    size = fleet.desired + len(standby) + len(detached)
    _set_sizes(api, group, fleet, size)
    if standby:
        autoscaling.enter_standby(
            AutoScalingGroupName=group, InstanceIds=standby, ShouldDecrementDesiredCapacity=True
        )
    if detached:
        autoscaling.detach_instances(
            AutoScalingGroupName=group, InstanceIds=detached, ShouldDecrementDesiredCapacity=True
        )
    if protected := [name for name in fleet.protected if name in alive]:
        autoscaling.set_instance_protection(
            AutoScalingGroupName=group, InstanceIds=protected, ProtectedFromScaleIn=True
        )
    _register(api, target_group, fleet, alive)
    _set_sizes(api, group, fleet, fleet.desired)
    if fleet.suspended:
        autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=fleet.suspended)


def _set_sizes(api: Api, group: str, fleet: FleetRecord, size: int) -> None:
    api.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=group,
        MinSize=fleet.minimum,
        MaxSize=max(fleet.maximum, size),
        DesiredCapacity=size,
    )


def _register(api: Api, target_group: str, fleet: FleetRecord, alive: Collection[str]) -> None:
    """Register the instances that were registered, and no others of those that still run."""
    if fleet.registered is None:
        return
    elbv2 = api.client("elbv2")
    health = elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    now = {each["Target"]["Id"] for each in health if "Target" in each}
    before = {*fleet.registered} & {*alive}
    if missing := before - now:
        elbv2.register_targets(TargetGroupArn=target_group, Targets=[{"Id": name} for name in missing])
    if surplus := now & {*alive} - before:
        elbv2.deregister_targets(TargetGroupArn=target_group, Targets=[{"Id": name} for name in surplus])


def _read(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
