"""Auto Scaling group as it is deployed, with the changes of roll-outs and scheduled actions.

The program would undo their changes if it sent its own values again, and the state of Pulumi has the values
of the last update, not the present ones. So it reads the group itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.fleet.scaling_config import ScalingConfig


@dataclass(frozen=True, kw_only=True)
class DeployedGroup:
    """Present values of a group."""

    version: str
    """Launch template version that new instances are launched from."""
    min_size: int
    max_size: int


@dataclass(frozen=True, kw_only=True)
class GroupSizes:
    """Limits of a group."""

    min_size: int
    max_size: int


def find_deployed_group(
    template_id: pulumi.Input[str],
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    *,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> pulumi.Output[DeployedGroup | None]:
    """Find the stack's group by its tags, launch template and subnets; None before the first deployment.

    A group in the subnets of another VPC does not count: it is about to be replaced, and its version names
    security groups of that VPC.

    Args:
        template_id: Launch template of the group.
        subnet_ids: Subnets of its instances.
        tags: Tags of the group; `project` and `stack` identify it.
        parent: Component of the group.
    """
    opts = pulumi.InvokeOutputOptions(parent=parent)
    filters = [
        aws.autoscaling.GetAmiIdsFilterArgs(name=f"tag:{key}", values=[tags[key]])
        for key in ("project", "stack")
    ]
    # The provider calls its list of Auto Scaling groups `getAmiIds`.
    names = aws.autoscaling.get_ami_ids_output(filters=filters, opts=opts).names

    def describe(found: list[str] | None) -> pulumi.Output[list[aws.autoscaling.AwaitableGetGroupResult]]:
        groups = [aws.autoscaling.get_group_output(name=name, opts=opts) for name in found or ()]
        return pulumi.Output.all(*groups).apply(list[aws.autoscaling.AwaitableGetGroupResult])

    def choose(
        template: str, subnets: Sequence[str], groups: Sequence[aws.autoscaling.GetGroupResult]
    ) -> DeployedGroup | None:
        for group in groups:
            version = _template_version(group, template)
            if version is not None and set(subnets) & set(group.vpc_zone_identifier.split(",")):
                return DeployedGroup(version=version, min_size=group.min_size, max_size=group.max_size)
        return None

    return pulumi.Output.all(template_id, subnet_ids, names.apply(describe)).apply(
        lambda values: choose(*values)
    )


def _template_version(group: aws.autoscaling.GetGroupResult, template: str) -> str | None:
    """Return the version number of a launch template in a group, if the group has one."""
    policies = group.mixed_instances_policies or ()
    mixed = [
        (one.launch_template_id, one.version)
        for policy in policies
        for used in policy.launch_templates
        for one in used.launch_template_specifications
    ]
    single = [(one.id, one.version) for one in group.launch_templates or ()]
    return next(
        (version for used, version in (*mixed, *single) if used == template and version.isdecimal()), None
    )


def released_version(deployed: DeployedGroup | None, latest: int) -> str:
    """Return the launch template version to keep: later ones belong to the roll-out.

    Without a group it is the latest one. Never `$Latest`: with it, a new version starts no roll-out and
    supports no rollback.
    """
    return str(latest) if deployed is None else deployed.version


def group_sizes(deployed: DeployedGroup | None, scaling: ScalingConfig) -> GroupSizes:
    """Return the limits of the configuration, or those that a scheduled action has set."""
    sizes = GroupSizes(min_size=scaling.min_instances, max_size=scaling.max_instances)
    if deployed is None:
        return sizes
    minima = {action.min_size for action in scaling.scaling_schedule}
    maxima = {action.max_size for action in scaling.scaling_schedule}
    return GroupSizes(
        min_size=deployed.min_size if deployed.min_size in minima else sizes.min_size,
        max_size=deployed.max_size if deployed.max_size in maxima else sizes.max_size,
    )
