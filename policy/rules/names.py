"""Names that AWS takes, for any project and stack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from policy.provider_schema import arguments
from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Limit(NamedTuple):
    """What AWS says of a name."""

    longest: int
    shape: str = r"[\w+=,.@-]+"
    """A regular expression for all of it. What IAM takes, unless something else is said."""
    key: str = "name"
    """The argument."""


SUFFIX: Final = 8
"""Characters that Pulumi adds to a logical name: a hyphen and seven digits that make it unique."""

WORDS: Final = r"[\w-]+"
ANY: Final = r".+"

# Each from the API reference of its service, where it says what the call that makes it takes.
LIMITS: Final[Mapping[str, Limit]] = {
    "aws:apigateway/restApi:RestApi": Limit(1_024, ANY),
    "aws:appautoscaling/policy:Policy": Limit(256, ANY),
    "aws:autoscaling/group:Group": Limit(255, ANY),
    "aws:autoscaling/policy:Policy": Limit(255, ANY),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Limit(255, r"[\w/-]+"),
    "aws:autoscaling/schedule:Schedule": Limit(255, r"[^:]+", "scheduledActionName"),
    "aws:budgets/budget:Budget": Limit(100, r"[^:\\]+"),
    "aws:cloudwatch/dashboard:Dashboard": Limit(255, WORDS, "dashboardName"),
    "aws:cloudwatch/eventRule:EventRule": Limit(64, r"[\w.-]+"),
    "aws:cloudwatch/logGroup:LogGroup": Limit(512, r"[\w./#-]+"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Limit(255, ANY),
    "aws:ec2/launchTemplate:LaunchTemplate": Limit(125, r"[\w().\-/]{3,}"),
    "aws:ec2/securityGroup:SecurityGroup": Limit(255, r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]+"),
    "aws:iam/instanceProfile:InstanceProfile": Limit(128),
    "aws:iam/role:Role": Limit(64),
    "aws:iam/rolePolicy:RolePolicy": Limit(128),
    "aws:lambda/alias:Alias": Limit(128, r"(?!\d+$)[\w-]+"),
    "aws:lambda/function:Function": Limit(64, WORDS),
    "aws:lb/loadBalancer:LoadBalancer": Limit(32, r"(?!internal-)(?!-)[A-Za-z0-9-]+(?<!-)"),
    "aws:lb/targetGroup:TargetGroup": Limit(32, r"(?!-)[A-Za-z0-9-]+(?<!-)"),
    "aws:route53/record:Record": Limit(255, ANY),
    "aws:s3/bucket:Bucket": Limit(63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]", "bucket"),
    "aws:s3/bucketObjectv2:BucketObjectv2": Limit(1_024, ANY, "key"),
    "aws:sns/topic:Topic": Limit(256, WORDS),
    "aws:wafv2/ipSet:IpSet": Limit(128, WORDS),
    "aws:wafv2/webAcl:WebAcl": Limit(128, WORDS),
}


def _unnameable(resource: Resource) -> Iterator[str]:
    limit = LIMITS.get(resource.type)
    if limit is None:
        if "name" in arguments(resource.type):
            yield f"nobody has written down how long the name of a {resource.type} may be"
        return
    given = resource.properties.get(limit.key)
    name = str(given) if given else resource.name + "-" + "0" * (SUFFIX - 1)
    if len(name) > limit.longest:
        yield f"{name} has {len(name)} characters, of {limit.longest} that AWS takes"
    if not re.fullmatch(limit.shape, name, re.ASCII):
        yield f"{name} has characters that AWS does not take there"


NAMING: Final = (
    ResourceRule(
        name="names-taken",
        serves="REL01-BP03 Accommodate fixed service quotas and constraints through architecture",
        says="AWS takes every name, for the longest of projects and stacks.",
        check=_unnameable,
    ),
)
