"""Which box of the picture stands for each type of resource.

A type that is not here can't be drawn, and that is an error: the picture leaves nothing out in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.program.asked import Program

BOXES: Final[Mapping[str, tuple[str, ...]]] = {
    "internet": ("ec2/internetGateway", "ec2/route"),
    "name": (
        "acm/certificate",
        "acm/certificateValidation",
        "apigateway/basePathMapping",
        "apigateway/domainName",
        "route53/record",
    ),
    "firewall": (
        "wafv2/ipSet",
        "wafv2/webAcl",
        "wafv2/webAclAssociation",
        "wafv2/webAclLoggingConfiguration",
    ),
    "network": (
        "ec2/defaultSecurityGroup",
        "ec2/eip",
        "ec2/flowLog",
        "ec2/natGateway",
        "ec2/routeTable",
        "ec2/routeTableAssociation",
        "ec2/securityGroup",
        "ec2/subnet",
        "ec2/vpc",
        "ec2/vpcEndpoint",
        "vpc/securityGroupEgressRule",
        "vpc/securityGroupIngressRule",
    ),
    "balancer": ("lb/listener", "lb/listenerRule", "lb/loadBalancer", "lb/targetGroup"),
    "fleet": (
        "autoscaling/group",
        "autoscaling/lifecycleHook",
        "autoscaling/policy",
        "autoscaling/schedule",
        "ec2/launchTemplate",
        "iam/instanceProfile",
        "iam/role",
        "iam/rolePolicy",
    ),
    "api": (
        "apigateway/account",
        "apigateway/deployment",
        "apigateway/integration",
        "apigateway/method",
        "apigateway/methodSettings",
        "apigateway/resource",
        "apigateway/restApi",
        "apigateway/stage",
        "iam/rolePolicyAttachment",
        "lambda/permission",
    ),
    "function": (
        "appautoscaling/policy",
        "appautoscaling/target",
        "lambda/alias",
        "lambda/function",
        "lambda/provisionedConcurrencyConfig",
    ),
    "bucket": (
        "s3/bucket",
        "s3/bucketLifecycleConfiguration",
        "s3/bucketLogging",
        "s3/bucketObjectv2",
        "s3/bucketOwnershipControls",
        "s3/bucketPolicy",
        "s3/bucketPublicAccessBlock",
        "s3/bucketServerSideEncryptionConfiguration",
        "s3/bucketVersioning",
    ),
    "watch": (
        "cloudwatch/dashboard",
        "cloudwatch/logGroup",
        "cloudwatch/metricAlarm",
    ),
    "detection": ("cloudwatch/eventRule", "cloudwatch/eventTarget", "guardduty/detector"),
    "budget": ("budgets/budget",),
    "topic": ("kms/key", "sns/topic", "sns/topicPolicy", "sns/topicSubscription"),
}
"""A box -> the types that it stands for, without provider and class."""


class UndrawnError(LookupError):
    """A type of resource has no place in the picture."""


def check(program: Program) -> None:
    """See that everything the program asks for is stood for.

    Raises:
        UndrawnError: names the types that are not.
    """
    drawn = {kind for kinds in BOXES.values() for kind in kinds}
    missing = sorted({_kind(asked.type) for asked in program.resources} - drawn)
    if missing:
        raise UndrawnError(f"no box stands for {', '.join(missing)}: add them to {__name__}")


def _kind(token: str) -> str:
    return token.split(":")[1]
