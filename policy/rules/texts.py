"""Descriptions, patterns, tags and other texts, in the characters and the length that AWS takes.

Neither Pulumi nor its provider checks most of them: AWS refuses the resource, after others have been created.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from policy.provider_schema import arguments
from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from policy.rule import Properties


class Text(NamedTuple):
    """One argument that holds text, and what AWS takes there."""

    path: str
    """Where it is: keys with dots between them, `[]` after a list, `*` for all values of a map, `~` for its
    keys."""
    longest: int
    """Characters."""
    source: str
    """Where AWS says so."""
    shape: str = r"(?s:.*)"
    """A regular expression of all of it, by ASCII's letters; whatever it is unless something else is said."""


EC2_DESCRIPTION: Final = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*"
WAF_METRIC: Final = r"(?!(?:All|Default_Action)$)[A-Za-z0-9_-]+"
ALB_PATTERN: Final = r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+"""
ALB_EXPRESSION: Final = r"\^(?!.*(?:\(\?[=!<>|R&]|\\[1-9pPkg]|[*+?}]\+))[!-~]*\$"
"""No lookaround, reference back, atomic group, possessive quantifier, recursion or class of Unicode. The
guide does not say whether an expression is searched for or compared with the whole path: anchors at both
ends, which are our own demand, make it the same."""
NOT_RESERVED: Final = r"(?![aA][wW][sS]:)"
TAG_KEY: Final = rf"{NOT_RESERVED}(?u:[\w \u00A0\u2000-\u200A\u3000+\-=.:/@]+)"
TAG_VALUE: Final = rf"{NOT_RESERVED}(?u:[\w \u00A0\u2000-\u200A\u3000+\-=.:/@]*)"
"""Letters, digits and spaces of all scripts, and some signs."""

_TAG_SOURCE: Final = "Tagging AWS Resources user guide, Tag naming limits and requirements"
_GROUP_SOURCE: Final = "EC2 API reference, CreateSecurityGroup and IpRange"
_API_SOURCE: Final = "API Gateway V2 API reference, Api; the reference for REST APIs says nothing"
_WAF_SOURCE: Final = "WAFV2 API reference, VisibilityConfig"
_ALARM_SOURCE: Final = "CloudWatch API reference, PutMetricAlarm"

EVERYWHERE: Final = (
    Text("tags.~", 128, _TAG_SOURCE, TAG_KEY),
    Text("tags.*", 256, _TAG_SOURCE, TAG_VALUE),
    Text("tags[].key", 128, _TAG_SOURCE, TAG_KEY),
    Text("tags[].value", 256, _TAG_SOURCE, TAG_VALUE),
)
"""Of every type of resource that has them."""

_WAF_DESCRIPTION: Final = Text(
    "description",
    256,
    "WAFV2 API reference, EntityDescription",
    r"[\w+=:#@/\-,.][\w+=:#@/\-,.\s]+[\w+=:#@/\-,.]",
)
_GROUP_DESCRIPTION: Final = Text("description", 255, _GROUP_SOURCE, EC2_DESCRIPTION)

TEXTS: Final[Mapping[str, tuple[Text, ...]]] = {
    "aws:acm/certificate:Certificate": (
        # The first name becomes the subject, which X.509 gives 64 characters.
        Text(
            "domainName",
            64,
            "ACM API reference, RequestCertificate",
            r"(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])",
        ),
    ),
    "aws:apigateway/deployment:Deployment": (Text("description", 1_024, _API_SOURCE),),
    "aws:apigateway/resource:Resource": (
        Text(
            "pathPart",
            1_024,
            "API Gateway developer guide, Set up a method; its length is that of other texts there",
            r"[\w.\-:]+|\{\w[\w.\-]*\+?\}",
        ),
    ),
    "aws:apigateway/restApi:RestApi": (Text("description", 1_024, _API_SOURCE),),
    "aws:apigateway/stage:Stage": (
        Text("description", 1_024, _API_SOURCE),
        Text("stageName", 128, "API Gateway API reference, CreateStage", r"[\w-]+"),
    ),
    "aws:autoscaling/group:Group": (
        Text(
            "initialLifecycleHooks[].name",
            255,
            "EC2 Auto Scaling API reference, LifecycleHookSpecification",
            r"[\w/-]+",
        ),
    ),
    "aws:cloudwatch/eventRule:EventRule": (
        Text("description", 512, "EventBridge API reference, PutRule"),
        Text("eventPattern", 4_096, "EventBridge API reference, PutRule"),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        Text("targetId", 64, "EventBridge API reference, Target", r"[.\-_A-Za-z0-9]+"),
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        # The provider adds 26 characters, so that the name is unique.
        Text("namePrefix", 512 - 26, "CloudWatch Logs API reference, CreateLogGroup", r"[.\-_/#A-Za-z0-9]+"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        Text("alarmDescription", 1_024, _ALARM_SOURCE),
        Text("metricName", 255, _ALARM_SOURCE, r"[ -~]+"),
        Text("namespace", 255, _ALARM_SOURCE, r"(?!:)[ -~]+"),
        Text("dimensions.*", 1_024, "CloudWatch API reference, Dimension", r"(?!:)[ -~]*[!-~][ -~]*"),
        Text("metricQueries[].id", 255, "CloudWatch API reference, MetricDataQuery", r"[a-z]\w*"),
        Text("metricQueries[].expression", 2_048, "CloudWatch API reference, MetricDataQuery", r"(?s:.+)"),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        Text("description", 255, "EC2 API reference, CreateLaunchTemplate"),
        Text("tagSpecifications[].tags.*", 256, _TAG_SOURCE, TAG_VALUE),
        # Stricter than elsewhere, for instances see their tags as paths of the metadata service.
        Text(
            "tagSpecifications[].tags.~",
            128,
            "EC2 user guide, View tags for your EC2 instances using instance metadata",
            rf"{NOT_RESERVED}(?!(?:\.|\.\.|_index)$)[\w+\-=.,:@]+",
        ),
    ),
    "aws:ec2/securityGroup:SecurityGroup": (_GROUP_DESCRIPTION,),
    "aws:iam/role:Role": (
        Text(
            "description",
            1_000,
            "IAM API reference, CreateRole",
            r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
        ),
    ),
    "aws:kms/key:Key": (Text("description", 8_192, "KMS API reference, CreateKey"),),
    "aws:lambda/alias:Alias": (Text("description", 256, "Lambda API reference, CreateAlias"),),
    "aws:lambda/function:Function": (
        Text("description", 256, "Lambda API reference, CreateFunction"),
        Text("handler", 128, "Lambda API reference, CreateFunction", r"[^\s]+"),
    ),
    "aws:lb/listenerRule:ListenerRule": (
        Text(
            "conditions[].pathPattern.values[]",
            128,
            "ELB user guide, Condition types for listener rules",
            ALB_PATTERN,
        ),
        Text(
            "conditions[].pathPattern.regexValues[]",
            128,
            "ELB API reference, PathPatternConditionConfig; user guide, Listener rules",
            ALB_EXPRESSION,
        ),
        Text("actions[].fixedResponse.messageBody", 1_024, "ELB API reference, FixedResponseActionConfig"),
        Text(
            "actions[].fixedResponse.contentType",
            32,
            "ELB API reference, FixedResponseActionConfig",
            r"text/plain|text/css|text/html|application/javascript|application/json",
        ),
    ),
    "aws:lb/loadBalancer:LoadBalancer": tuple(
        Text(
            f"{logs}.prefix",
            1_024,
            "ELB user guide, Enable access logs for your Application Load Balancer",
            r"(?!.*AWSLogs)(?!/)[!-~]*(?<!/)",
        )
        for logs in ("accessLogs", "connectionLogs")
    ),
    "aws:lb/targetGroup:TargetGroup": (
        Text("healthCheck.path", 1_024, "ELB API reference, CreateTargetGroup", r"/[!-~]*"),
    ),
    "aws:route53/record:Record": (
        Text("name", 255, "Route 53 developer guide, DNS domain name format", r"[a-zA-Z0-9_.*-]+"),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        Text("rules[].id", 255, "S3 API reference, LifecycleRule", r"(?s:.+)"),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        # 256 octets for a path, with angle brackets.
        Text("endpoint", 254, "RFC 5321, 4.5.3.1.3", r"[^@\s]+@[^@\s]+"),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (_GROUP_DESCRIPTION,),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (_GROUP_DESCRIPTION,),
    "aws:wafv2/ipSet:IpSet": (_WAF_DESCRIPTION,),
    "aws:wafv2/webAcl:WebAcl": (
        _WAF_DESCRIPTION,
        Text("rules[].name", 128, "WAFV2 API reference, EntityName", r"[\w-]+"),
        Text("rules[].visibilityConfig.metricName", 128, _WAF_SOURCE, WAF_METRIC),
        Text("visibilityConfig.metricName", 128, _WAF_SOURCE, WAF_METRIC),
    ),
}
"""By the type of resource."""

DESCRIPTIONS: Final = ("description", "alarmDescription", "comment")
"""Arguments that hold text whatever the type: one that the table leaves out is found."""

MOST_OF_A_CONDITION: Final = 3
MOST_OF_A_RULE: Final = 5
MOST_WILDCARDS: Final = 5
"""Patterns and expressions, and their stars and question marks (ELB user guide, "Condition types for listener
rules"). It says nothing of those in expressions: they count here."""

RULE_OF_LISTENER: Final = "aws:lb/listenerRule:ListenerRule"


def texts_at(properties: Properties, path: str) -> list[str]:
    """Return the texts at a path; none where there is nothing, or something else."""
    found: list[object] = [properties]
    for step in path.split("."):
        key, is_list = step.removesuffix("[]"), step.endswith("[]")
        found = [inner for outer in found for inner in _step(outer, key)]
        if is_list:
            found = [item for items in found for item in _items(items)]
    return [text for text in found if isinstance(text, str)]


def _step(outer: object, key: str) -> Iterator[object]:
    if not isinstance(outer, Mapping):
        return
    block = cast("Mapping[str, object]", outer)
    match key:
        case "*":
            yield from (block[each] for each in block)
        case "~":
            yield from block
        case _ if key in block:
            yield block[key]
        case _:
            pass


def _items(items: object) -> Sequence[object]:
    is_list = isinstance(items, Sequence) and not isinstance(items, str)
    return cast("Sequence[object]", items) if is_list else ()


def _not_taken(resource: Resource) -> Iterator[str]:
    rows = TEXTS.get(resource.type, ())
    for row in (*rows, *EVERYWHERE):
        for text in texts_at(resource.properties, row.path):
            if len(text) > row.longest:
                yield f"{row.path} has {len(text)} characters, of {row.longest} that AWS takes ({row.source})"
            elif not re.fullmatch(row.shape, text, re.ASCII):
                yield f"{row.path} is {text!r}, which AWS does not take there ({row.source})"
    for key in DESCRIPTIONS:
        if key in arguments(resource.type) and key not in {row.path for row in rows}:
            yield f"nobody has written down what the {key} of a {resource.type} may be"
    if resource.type == RULE_OF_LISTENER:
        yield from _too_many(resource.properties)


def _too_many(rule: Properties) -> Iterator[str]:
    conditions = [cast("Properties", each) for each in _items(rule.get("conditions"))]
    compared = [
        [text for kind in ("values", "regexValues") for text in texts_at(each, f"pathPattern.{kind}[]")]
        for each in conditions
    ]
    together = [text for texts in compared for text in texts]
    if any(len(texts) > MOST_OF_A_CONDITION for texts in compared):
        yield f"a condition has more than {MOST_OF_A_CONDITION} patterns"
    if len(together) > MOST_OF_A_RULE:
        yield f"it has {len(together)} patterns, of {MOST_OF_A_RULE} that AWS takes"
    wildcards = sum(text.count("*") + text.count("?") for text in together)
    if wildcards > MOST_WILDCARDS:
        yield f"it has {wildcards} wildcards, of {MOST_WILDCARDS} that AWS takes"


TEXTS_TAKEN: Final = (
    ResourceRule(
        name="texts-taken",
        serves="REL01-BP03 Accommodate fixed service quotas and constraints through architecture",
        says="AWS takes every description, pattern, tag and other text, by its characters and its length.",
        check=_not_taken,
    ),
)
