"""Policies of a deployer: least privilege, by the names and tags of a stack's resources where AWS allows it.

A managed policy takes 6,144 characters (IAM user guide, "IAM and AWS STS quotas"), so there is one for each
part of a stack.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from scripts.deploy.rights.command_actions import COMMAND_ACTIONS
from scripts.deploy.rights.provider_actions import (
    ATTACHED_POLICIES,
    LOOKUP_ACTIONS,
    PASSED_TO,
    RESOURCE_ACTIONS,
    SERVICE_LINKED_ROLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROJECT_TAG: Final = {"aws:ResourceTag/project": "scalable-models"}
"""Tag of every resource of the program."""

ROLE_OF_A_SERVICE: Final = "iam:CreateServiceLinkedRole"

ACTIONS: Final = (
    frozenset[str]().union(*RESOURCE_ACTIONS.values(), *LOOKUP_ACTIONS.values())
    | COMMAND_ACTIONS
    | {ROLE_OF_A_SERVICE}
)
"""All actions that a deployer of any stack needs."""

POLICIES: Final[Mapping[str, tuple[str, ...]]] = {
    "network": ("ec2", "elasticloadbalancing", "ssm"),
    "serving": (
        *("acm", "apigateway", "application-autoscaling", "autoscaling", "lambda"),
        *("route53", "wafv2"),
    ),
    "operations": (
        *("budgets", "cloudwatch", "events", "guardduty", "iam", "kms", "logs", "s3", "servicequotas", "sns"),
        "tag",
    ),
}
"""Policy -> services of its actions, by their prefixes."""

_AUTO_SCALING: Final = "arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/iris-*"
_LOAD_BALANCING: Final = tuple(
    f"arn:aws:elasticloadbalancing:*:*:{kind}"
    for kind in (
        *("loadbalancer/app/iris-*", "targetgroup/iris-*", "listener/app/iris-*"),
        "listener-rule/app/iris-*",
    )
)
NAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "acm": ("arn:aws:acm:*:*:certificate/*",),
    "apigateway": ("arn:aws:apigateway:*::/*",),
    "application-autoscaling": ("arn:aws:application-autoscaling:*:*:scalable-target/*",),
    "autoscaling": (_AUTO_SCALING,),
    "budgets": ("arn:aws:budgets::*:budget/iris-*",),
    "cloudwatch": (
        "arn:aws:cloudwatch:*:*:alarm:iris-*",
        "arn:aws:cloudwatch:*:*:alarm:TargetTracking-*",
        "arn:aws:cloudwatch::*:dashboard/scalable-models-*",
    ),
    "elasticloadbalancing": _LOAD_BALANCING,
    "events": ("arn:aws:events:*:*:rule/iris-*",),
    "guardduty": ("arn:aws:guardduty:*:*:detector/*",),
    "iam": ("arn:aws:iam::*:role/iris-*", "arn:aws:iam::*:instance-profile/iris-*"),
    "lambda": ("arn:aws:lambda:*:*:function:iris-*",),
    "logs": ("arn:aws:logs:*:*:log-group:*iris-*", "arn:aws:logs:*:*:log-group:aws-waf-logs-*"),
    "route53": ("arn:aws:route53:::hostedzone/*", "arn:aws:route53:::change/*"),
    "s3": ("arn:aws:s3:::iris-*",),
    "sns": ("arn:aws:sns:*:*:iris-*",),
    "ssm": ("arn:aws:ssm:*::parameter/aws/service/ami-amazon-linux-latest/*",),
    "wafv2": (
        *("arn:aws:wafv2:*:*:regional/webacl/iris-*", "arn:aws:wafv2:*:*:regional/ipset/iris-*"),
        *("arn:aws:wafv2:*:*:regional/managedruleset/*", "arn:aws:apigateway:*::/restapis/*"),
        "arn:aws:elasticloadbalancing:*:*:loadbalancer/app/iris-*",
    ),
}
"""Service -> its resources of a stack. Pulumi names them after the program's names, which begin with `iris-`.

Certificates, APIs, detectors, hosted zones and scalable targets have no names; a target's alarm is named by
AWS.
"""

UNNAMED: Final = frozenset(
    [
        "acm:RequestCertificate",
        "guardduty:CreateDetector",
        "guardduty:ListDetectors",
        "kms:CreateKey",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListGrants",
        "kms:ListResourceTags",
        "kms:TagResource",
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingPolicies",
        "autoscaling:GetPredictiveScalingForecast",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListDashboards",
        "cloudwatch:ListMetrics",
        "elasticloadbalancing:SetWebACL",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
        "route53:ListHostedZones",
        "route53:ListHostedZonesByName",
        "servicequotas:GetServiceQuota",
        "servicequotas:GetAWSDefaultServiceQuota",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
        "tag:GetResources",
        "iam:SimulatePrincipalPolicy",
    ]
)
"""Actions of which AWS does not restrict the resource, or whose resource has no name or tag yet (Service
Authorization Reference)."""

READ_ONLY_PREFIXES: Final = ("autoscaling:Describe", "elasticloadbalancing:Describe")
"""Beginnings of actions that no resource restricts."""

TAGGED: Final = frozenset(
    [
        "acm:DeleteCertificate",
        "ec2:CreateLaunchTemplateVersion",
        "ec2:DeleteFlowLogs",
        "ec2:DeleteInternetGateway",
        "ec2:DeleteLaunchTemplate",
        "ec2:DeleteNatGateway",
        "ec2:DeleteRoute",
        "ec2:DeleteRouteTable",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteSubnet",
        "ec2:DeleteTags",
        "ec2:DeleteVpc",
        "ec2:DeleteVpcEndpoints",
        "ec2:DetachInternetGateway",
        "ec2:DisassociateRouteTable",
        "ec2:ModifyLaunchTemplate",
        "ec2:ModifySubnetAttribute",
        "ec2:ModifyVpcAttribute",
        "ec2:ModifyVpcEndpoint",
        "ec2:ReleaseAddress",
        "ec2:ReplaceRoute",
        "ec2:ReplaceRouteTableAssociation",
        "guardduty:DeleteDetector",
        "guardduty:UpdateDetector",
        "kms:DisableKeyRotation",
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
    ]
)
"""Actions on resources without names, which have to have the tag of the project."""


@dataclass(frozen=True)
class Statement:
    """Statement of a policy that allows actions."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    conditions: Mapping[str, Mapping[str, str | list[str]]] = field(
        default_factory=dict[str, "dict[str, str | list[str]]"]
    )

    def document(self) -> dict[str, Any]:
        """Return the statement in the policy language."""
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
            **({"Condition": dict(self.conditions)} if self.conditions else {}),
        }


ROLES: Final = "arn:aws:iam::*:role/iris-*"

CONDITIONAL: Final[Mapping[str, Statement]] = {
    one.sid: one
    for one in (
        Statement("TaggedResources", tuple(TAGGED), conditions={"StringEquals": PROJECT_TAG}),
        Statement(
            "PassRoles",
            ("iam:PassRole",),
            (ROLES,),
            {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}},
        ),
        Statement(
            "AttachPolicies",
            ("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
            (ROLES,),
            {"ArnEquals": {"iam:PolicyARN": list(ATTACHED_POLICIES)}},
        ),
        Statement(
            "ServiceLinkedRoles",
            (ROLE_OF_A_SERVICE,),
            ("arn:aws:iam::*:role/aws-service-role/*",),
            {"StringEquals": {"iam:AWSServiceName": list(SERVICE_LINKED_ROLES)}},
        ),
        # Auto Scaling asks for the right to launch the instances of the template.
        Statement(
            "Launch",
            ("ec2:RunInstances",),
            conditions={"ArnLike": {"ec2:LaunchTemplate": "arn:aws:ec2:*:*:launch-template/*"}},
        ),
    )
}
"""Identifier -> statement with a condition, and all actions that it is for."""


def policy_document(name: str) -> dict[str, Any]:
    """Return a policy, to be written as JSON."""
    return {
        "Version": "2012-10-17",
        "Statement": [statement.document() for statement in statements(ACTIONS, POLICIES[name])],
    }


def statements(actions: Iterable[str], services: Iterable[str] | None = None) -> list[Statement]:
    """Return the statements that allow actions, each action in one.

    Args:
        actions: Actions to allow.
        services: Prefixes of the services to consider; None: all.
    """
    groups: defaultdict[str, set[str]] = defaultdict(set)
    chosen = None if services is None else set(services)
    for action in actions:
        service = action.partition(":")[0]
        if chosen is None or service in chosen:
            groups[_group(action, service)].add(action)
    return [_statement(group, tuple(sorted(groups[group]))) for group in sorted(groups)]


def _group(action: str, service: str) -> str:
    """Return the identifier of the statement of an action."""
    if conditional := next((sid for sid, one in CONDITIONAL.items() if action in one.actions), None):
        return conditional
    if action in UNNAMED or action.startswith(READ_ONLY_PREFIXES) or service == "ec2":
        return "AnyResource"
    return "".join(part.capitalize() for part in service.split("-"))


def _statement(group: str, actions: tuple[str, ...]) -> Statement:
    if group in CONDITIONAL:
        return replace(CONDITIONAL[group], actions=actions)
    if group == "AnyResource":
        return Statement(group, actions)
    return Statement(group, actions, NAMED[actions[0].partition(":")[0]])
