"""What an instance may do: read its archive, and besides that no more than it can reach."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from infra.network.config import InterfaceEndpoint


class InstanceRole(NamedTuple):
    """A role that instances take."""

    profile: aws.iam.InstanceProfile
    permissions: list[aws.iam.RolePolicy]
    """What has to be there before an instance boots."""


def make_role(
    name: str,
    *,
    reaches: AbstractSet[InterfaceEndpoint],
    archive_arn: pulumi.Input[str],
    log_group_arn: pulumi.Input[str] | None,
    region: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> InstanceRole:
    """Make the role of a fleet's instances.

    Args:
        name: what its parts are named after.
        reaches: services that the instances have a way to. What they cannot reach they need no right to.
        archive_arn: the object that they boot from, in any of its versions.
        log_group_arn: what they write to, where they reach it.
        region: like `eu-west-1`.
        tags: on all that takes tags; the group that they may answer has them, too.
        parent: what the role is a part of.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-instance",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "ec2.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
        tags=tags,
        opts=child,
    )
    statements: dict[str, dict[str, object]] = {
        "read-archive": _allow("ReadArchive", ["s3:GetObject", "s3:GetObjectVersion"], archive_arn)
    }
    if log_group_arn is not None:
        statements["write-logs"] = _allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            pulumi.Output.concat(log_group_arn, ":*"),
        )
    if reaches >= {"ssm", "ssmmessages"}:
        statements["open-session"] = _session()
    if "autoscaling" in reaches:
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=parent)).account_id
        statements["tell-lifecycle"] = _lifecycle(name, region, account, tags)
    permissions = [
        aws.iam.RolePolicy(
            f"{name}-{word}",
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]}),
            opts=child,
        )
        for word, statement in statements.items()
    ]
    profile = aws.iam.InstanceProfile(f"{name}-instance-profile", role=role.name, tags=tags, opts=child)
    return InstanceRole(profile, permissions)


def _allow(sid: str, actions: list[str], resource: pulumi.Input[str]) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _session() -> dict[str, object]:
    """What Session Manager needs and no more; AWS's own policy would let it read every parameter, too.

    The actions know no resource to narrow them to (Systems Manager user guide, "Verify or create an IAM role
    with Session Manager permissions").
    """
    channels = [f"ssmmessages:{verb}{kind}" for verb in ("Create", "Open") for kind in ("Control", "Data")]
    return _allow(
        "OpenSession",
        ["ssm:UpdateInstanceInformation", *(f"{channel}Channel" for channel in channels)],
        "*",
    )


def _lifecycle(
    name: str, region: pulumi.Input[str], account: pulumi.Input[str], tags: Mapping[str, str]
) -> dict[str, object]:
    """Let an instance speak to its group, which is made after the role: its name begins like the fleet's."""
    group = pulumi.Output.concat(
        "arn:aws:autoscaling:", region, ":", account, f":autoScalingGroup:*:autoScalingGroupName/{name}-*"
    )
    return {
        **_allow(
            "TellLifecycle",
            # By a heartbeat it learns whether the group waits for it yet.
            ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"],
            group,
        ),
        "Condition": {
            "StringEquals": {
                f"aws:ResourceTag/{key}": value for key, value in tags.items() if key in {"project", "stack"}
            }
        },
    }
