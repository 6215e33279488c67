"""IAM role of the instances: read the archive, and use the AWS services that they reach."""

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
    """Instance profile and the policies of its role."""

    profile: aws.iam.InstanceProfile
    permissions: list[aws.iam.RolePolicy]
    """Policies that must exist before an instance boots."""


def create_instance_role(
    name: str,
    *,
    reaches: AbstractSet[InterfaceEndpoint],
    archive_arn: pulumi.Input[str],
    log_group_arn: pulumi.Input[str] | None,
    region: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> InstanceRole:
    """Create the role of the instances, its policies and its instance profile.

    Args:
        name: prefix of the resource names.
        reaches: AWS services with a network path from the instances. Only these need permissions.
        archive_arn: ARN of the archive, in any of its versions.
        log_group_arn: ARN of their log group, if they reach CloudWatch Logs.
        region: AWS Region, such as `eu-west-1`.
        tags: tags of every resource that supports them, and of the group that the instances may act on.
        parent: component of the role.
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
        statements["open-session"] = _session_statement()
    if "autoscaling" in reaches:
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=parent)).account_id
        statements["tell-lifecycle"] = _lifecycle_statement(name, region, account, tags)
    permissions = [
        aws.iam.RolePolicy(
            f"{name}-{suffix}",
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]}),
            opts=child,
        )
        for suffix, statement in statements.items()
    ]
    profile = aws.iam.InstanceProfile(f"{name}-instance-profile", role=role.name, tags=tags, opts=child)
    return InstanceRole(profile, permissions)


def _allow(sid: str, actions: list[str], resource: pulumi.Input[str]) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _session_statement() -> dict[str, object]:
    """Return the statement for Session Manager; the AWS managed policy would also allow all parameters.

    The actions support no resource-level permissions (Systems Manager user guide, "Verify or create an IAM
    role with Session Manager permissions").
    """
    channels = [f"ssmmessages:{verb}{kind}" for verb in ("Create", "Open") for kind in ("Control", "Data")]
    return _allow(
        "OpenSession",
        ["ssm:UpdateInstanceInformation", *(f"{channel}Channel" for channel in channels)],
        "*",
    )


def _lifecycle_statement(
    name: str, region: pulumi.Input[str], account: pulumi.Input[str], tags: Mapping[str, str]
) -> dict[str, object]:
    """Return the statement for lifecycle actions on the later created group, whose name has the prefix."""
    group = pulumi.Output.concat(
        "arn:aws:autoscaling:", region, ":", account, f":autoScalingGroup:*:autoScalingGroupName/{name}-*"
    )
    return {
        **_allow(
            "TellLifecycle",
            # A heartbeat shows whether the lifecycle action has begun.
            ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"],
            group,
        ),
        "Condition": {
            "StringEquals": {
                f"aws:ResourceTag/{key}": value for key, value in tags.items() if key in {"project", "stack"}
            }
        },
    }
