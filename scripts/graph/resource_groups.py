"""Boxes of the diagram, and the types of resources that each of them represents.

A type without a box is an error, so that the diagram leaves nothing out silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.program.resources import StackResources

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
        "cloudwatch/logMetricFilter",
        "cloudwatch/metricAlarm",
    ),
    "detection": ("cloudwatch/eventRule", "cloudwatch/eventTarget", "guardduty/detector"),
    "budget": ("budgets/budget",),
    "topic": ("kms/key", "sns/topic", "sns/topicPolicy", "sns/topicSubscription"),
}
"""Box -> the types that it represents, without provider and class."""


class MissingBoxError(LookupError):
    """Error for types of resources that no box of the diagram represents."""


def check_boxes(resources: StackResources) -> None:
    """Check that a box represents each requested type.

    Raises:
        MissingBoxError: some types have no box; the text names them.
    """
    represented = {kind for kinds in BOXES.values() for kind in kinds}
    missing = sorted({_kind(resource.type) for resource in resources.resources} - represented)
    if missing:
        raise MissingBoxError(f"no box represents {', '.join(missing)}: add them to {__name__}")


def _kind(token: str) -> str:
    return token.split(":")[1]
