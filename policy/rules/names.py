"""Resource names within the limits of AWS, for any project and stack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from policy.provider_schema import arguments
from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class NameLimit(NamedTuple):
    """Maximum length and characters of the names of a resource type."""

    maximum_length: int
    pattern: str = r"[\w+=,.@-]+"
    """Regular expression of the whole name; by default, the characters that IAM accepts."""
    key: str = "name"
    """Argument that holds the name."""


SUFFIX_LENGTH: Final = 8
"""Length of the suffix that Pulumi appends to a logical name: a hyphen and seven digits."""

WORDS: Final = r"[\w-]+"
ANY: Final = r".+"

# Source of each limit: API reference of its service, the create operation.
LIMITS: Final[Mapping[str, NameLimit]] = {
    "aws:apigateway/restApi:RestApi": NameLimit(1_024, ANY),
    "aws:appautoscaling/policy:Policy": NameLimit(256, ANY),
    "aws:autoscaling/group:Group": NameLimit(255, ANY),
    "aws:autoscaling/policy:Policy": NameLimit(255, ANY),
    "aws:autoscaling/lifecycleHook:LifecycleHook": NameLimit(255, r"[\w/-]+"),
    "aws:autoscaling/schedule:Schedule": NameLimit(255, r"[^:]+", "scheduledActionName"),
    "aws:budgets/budget:Budget": NameLimit(100, r"[^:\\]+"),
    "aws:cloudwatch/dashboard:Dashboard": NameLimit(255, WORDS, "dashboardName"),
    "aws:cloudwatch/eventRule:EventRule": NameLimit(64, r"[\w.-]+"),
    "aws:cloudwatch/logGroup:LogGroup": NameLimit(512, r"[\w./#-]+"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": NameLimit(512, r"[^:*]+"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": NameLimit(255, ANY),
    "aws:ec2/launchTemplate:LaunchTemplate": NameLimit(125, r"[\w().\-/]{3,}"),
    "aws:ec2/securityGroup:SecurityGroup": NameLimit(255, r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]+"),
    "aws:iam/instanceProfile:InstanceProfile": NameLimit(128),
    "aws:iam/role:Role": NameLimit(64),
    "aws:iam/rolePolicy:RolePolicy": NameLimit(128),
    "aws:lambda/alias:Alias": NameLimit(128, r"(?!\d+$)[\w-]+"),
    "aws:lambda/function:Function": NameLimit(64, WORDS),
    "aws:lb/loadBalancer:LoadBalancer": NameLimit(32, r"(?!internal-)(?!-)[A-Za-z0-9-]+(?<!-)"),
    "aws:lb/targetGroup:TargetGroup": NameLimit(32, r"(?!-)[A-Za-z0-9-]+(?<!-)"),
    "aws:route53/record:Record": NameLimit(255, ANY),
    "aws:s3/bucket:Bucket": NameLimit(63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]", "bucket"),
    "aws:s3/bucketObjectv2:BucketObjectv2": NameLimit(1_024, ANY, "key"),
    "aws:sns/topic:Topic": NameLimit(256, WORDS),
    "aws:wafv2/ipSet:IpSet": NameLimit(128, WORDS),
    "aws:wafv2/webAcl:WebAcl": NameLimit(128, WORDS),
}


def _invalid_name(resource: Resource) -> Iterator[str]:
    limit = LIMITS.get(resource.type)
    if limit is None:
        if "name" in arguments(resource.type):
            yield f"the policy pack has no limit for the name of {resource.type}"
        return
    given = resource.properties.get(limit.key)
    name = str(given) if given else resource.name + "-" + "0" * (SUFFIX_LENGTH - 1)
    if len(name) > limit.maximum_length:
        yield f"{name} has {len(name)} characters, of {limit.maximum_length} that AWS accepts"
    if not re.fullmatch(limit.pattern, name, re.ASCII):
        yield f"{name} has characters that AWS does not accept there"


NAME_RULES: Final = (
    ResourceRule(
        name="valid-names",
        best_practice="REL01-BP03 Accommodate fixed service quotas and constraints through architecture",
        description="Names have a length and characters that AWS accepts, for any project and stack name.",
        check=_invalid_name,
    ),
)
