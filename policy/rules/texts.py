"""Length and characters of descriptions, patterns, tags and other texts.

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


class TextLimit(NamedTuple):
    """Maximum length and characters of one text argument."""

    path: str
    """Path of the argument: keys separated by dots, `[]` after a list, `*` for all values of a map, `~` for
    all its keys."""
    maximum_length: int
    """Unit: characters."""
    source: str
    """Page of the AWS documentation."""
    pattern: str = r"(?s:.*)"
    """Regular expression of the whole text, with ASCII character classes; any text by default."""


EC2_DESCRIPTION: Final = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*"
WAF_METRIC: Final = r"(?!(?:All|Default_Action)$)[A-Za-z0-9_-]+"
ALB_PATTERN: Final = r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+"""
ALB_EXPRESSION: Final = r"\^(?!.*(?:\(\?[=!<>|R&]|\\[1-9pPkg]|[*+?}]\+))[!-~]*\$"
"""No lookaround, backreference, atomic group, possessive quantifier, recursion or Unicode class. The guide
does not say whether ELB searches for an expression or matches the whole path: anchors at both ends, an
addition of this project, make both the same."""
NOT_RESERVED: Final = r"(?![aA][wW][sS]:)"
TAG_KEY: Final = rf"{NOT_RESERVED}(?u:[\w \u00A0\u2000-\u200A\u3000+\-=.:/@]+)"
TAG_VALUE: Final = rf"{NOT_RESERVED}(?u:[\w \u00A0\u2000-\u200A\u3000+\-=.:/@]*)"
"""Letters, digits and spaces of all scripts, and some punctuation."""

_TAG_SOURCE: Final = "Tagging AWS Resources user guide, Tag naming limits and requirements"
_GROUP_SOURCE: Final = "EC2 API reference, CreateSecurityGroup and IpRange"
_API_SOURCE: Final = "API Gateway V2 API reference, Api; the reference for REST APIs says nothing"
_WAF_SOURCE: Final = "WAFV2 API reference, VisibilityConfig"
_ALARM_SOURCE: Final = "CloudWatch API reference, PutMetricAlarm"

COMMON_TEXTS: Final = (
    TextLimit("tags.~", 128, _TAG_SOURCE, TAG_KEY),
    TextLimit("tags.*", 256, _TAG_SOURCE, TAG_VALUE),
    TextLimit("tags[].key", 128, _TAG_SOURCE, TAG_KEY),
    TextLimit("tags[].value", 256, _TAG_SOURCE, TAG_VALUE),
)
"""Limits of texts that any resource type may have."""

_WAF_DESCRIPTION: Final = TextLimit(
    "description",
    256,
    "WAFV2 API reference, EntityDescription",
    r"[\w+=:#@/\-,.][\w+=:#@/\-,.\s]+[\w+=:#@/\-,.]",
)
_GROUP_DESCRIPTION: Final = TextLimit("description", 255, _GROUP_SOURCE, EC2_DESCRIPTION)

TEXTS: Final[Mapping[str, tuple[TextLimit, ...]]] = {
    "aws:acm/certificate:Certificate": (
        # The domain name becomes the common name of the subject, limited to 64 characters by X.509.
        TextLimit(
            "domainName",
            64,
            "ACM API reference, RequestCertificate",
            r"(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])",
        ),
    ),
    "aws:apigateway/deployment:Deployment": (TextLimit("description", 1_024, _API_SOURCE),),
    "aws:apigateway/resource:Resource": (
        TextLimit(
            "pathPart",
            1_024,
            "API Gateway developer guide, Set up a method; its length is that of other texts there",
            r"[\w.\-:]+|\{\w[\w.\-]*\+?\}",
        ),
    ),
    "aws:apigateway/restApi:RestApi": (TextLimit("description", 1_024, _API_SOURCE),),
    "aws:apigateway/stage:Stage": (
        TextLimit("description", 1_024, _API_SOURCE),
        TextLimit("stageName", 128, "API Gateway API reference, CreateStage", r"[\w-]+"),
    ),
    "aws:autoscaling/group:Group": (
        TextLimit(
            "initialLifecycleHooks[].name",
            255,
            "EC2 Auto Scaling API reference, LifecycleHookSpecification",
            r"[\w/-]+",
        ),
    ),
    "aws:cloudwatch/eventRule:EventRule": (
        TextLimit("description", 512, "EventBridge API reference, PutRule"),
        TextLimit("eventPattern", 4_096, "EventBridge API reference, PutRule"),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        TextLimit("targetId", 64, "EventBridge API reference, Target", r"[.\-_A-Za-z0-9]+"),
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        # The provider adds 26 characters, so that the name is unique.
        TextLimit(
            "namePrefix", 512 - 26, "CloudWatch Logs API reference, CreateLogGroup", r"[.\-_/#A-Za-z0-9]+"
        ),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": (
        TextLimit("pattern", 1_024, "CloudWatch Logs API reference, PutMetricFilter", r"(?s:.+)"),
        TextLimit(
            "metricTransformation.name",
            255,
            "CloudWatch Logs API reference, MetricTransformation",
            r"[^:*$]+",
        ),
        TextLimit(
            "metricTransformation.namespace",
            255,
            "CloudWatch Logs API reference, MetricTransformation",
            r"[^:*$]+",
        ),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        TextLimit("alarmDescription", 1_024, _ALARM_SOURCE),
        TextLimit("metricName", 255, _ALARM_SOURCE, r"[ -~]+"),
        TextLimit("namespace", 255, _ALARM_SOURCE, r"(?!:)[ -~]+"),
        TextLimit("dimensions.*", 1_024, "CloudWatch API reference, Dimension", r"(?!:)[ -~]*[!-~][ -~]*"),
        TextLimit("metricQueries[].id", 255, "CloudWatch API reference, MetricDataQuery", r"[a-z]\w*"),
        TextLimit(
            "metricQueries[].expression", 2_048, "CloudWatch API reference, MetricDataQuery", r"(?s:.+)"
        ),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        TextLimit("description", 255, "EC2 API reference, CreateLaunchTemplate"),
        TextLimit("tagSpecifications[].tags.*", 256, _TAG_SOURCE, TAG_VALUE),
        # Stricter than elsewhere, since instances read their tags as paths of the metadata service.
        TextLimit(
            "tagSpecifications[].tags.~",
            128,
            "EC2 user guide, View tags for your EC2 instances using instance metadata",
            rf"{NOT_RESERVED}(?!(?:\.|\.\.|_index)$)[\w+\-=.,:@]+",
        ),
    ),
    "aws:ec2/securityGroup:SecurityGroup": (_GROUP_DESCRIPTION,),
    "aws:iam/role:Role": (
        TextLimit(
            "description",
            1_000,
            "IAM API reference, CreateRole",
            r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
        ),
    ),
    "aws:kms/key:Key": (TextLimit("description", 8_192, "KMS API reference, CreateKey"),),
    "aws:lambda/alias:Alias": (TextLimit("description", 256, "Lambda API reference, CreateAlias"),),
    "aws:lambda/function:Function": (
        TextLimit("description", 256, "Lambda API reference, CreateFunction"),
        TextLimit("handler", 128, "Lambda API reference, CreateFunction", r"[^\s]+"),
    ),
    "aws:lb/listenerRule:ListenerRule": (
        TextLimit(
            "conditions[].pathPattern.values[]",
            128,
            "ELB user guide, Condition types for listener rules",
            ALB_PATTERN,
        ),
        TextLimit(
            "conditions[].pathPattern.regexValues[]",
            128,
            "ELB API reference, PathPatternConditionConfig; user guide, Listener rules",
            ALB_EXPRESSION,
        ),
        TextLimit(
            "actions[].fixedResponse.messageBody", 1_024, "ELB API reference, FixedResponseActionConfig"
        ),
        TextLimit(
            "actions[].fixedResponse.contentType",
            32,
            "ELB API reference, FixedResponseActionConfig",
            r"text/plain|text/css|text/html|application/javascript|application/json",
        ),
    ),
    "aws:lb/loadBalancer:LoadBalancer": tuple(
        TextLimit(
            f"{logs}.prefix",
            1_024,
            "ELB user guide, Enable access logs for your Application Load Balancer",
            r"(?!.*AWSLogs)(?!/)[!-~]*(?<!/)",
        )
        for logs in ("accessLogs", "connectionLogs")
    ),
    "aws:lb/targetGroup:TargetGroup": (
        TextLimit("healthCheck.path", 1_024, "ELB API reference, CreateTargetGroup", r"/[!-~]*"),
    ),
    "aws:route53/record:Record": (
        TextLimit("name", 255, "Route 53 developer guide, DNS domain name format", r"[a-zA-Z0-9_.*-]+"),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        TextLimit("rules[].id", 255, "S3 API reference, LifecycleRule", r"(?s:.+)"),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        # 256 octets for a path, with angle brackets.
        TextLimit("endpoint", 254, "RFC 5321, 4.5.3.1.3", r"[^@\s]+@[^@\s]+"),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (_GROUP_DESCRIPTION,),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (_GROUP_DESCRIPTION,),
    "aws:wafv2/ipSet:IpSet": (_WAF_DESCRIPTION,),
    "aws:wafv2/webAcl:WebAcl": (
        _WAF_DESCRIPTION,
        TextLimit("rules[].name", 128, "WAFV2 API reference, EntityName", r"[\w-]+"),
        TextLimit("rules[].visibilityConfig.metricName", 128, _WAF_SOURCE, WAF_METRIC),
        TextLimit("visibilityConfig.metricName", 128, _WAF_SOURCE, WAF_METRIC),
    ),
}
"""Limits by resource type."""

DESCRIPTIONS: Final = ("description", "alarmDescription", "comment")
"""Text arguments of any resource type: the rule reports one that the table lacks."""

MAXIMUM_PATTERNS_PER_CONDITION: Final = 3
MAXIMUM_PATTERNS_PER_RULE: Final = 5
MAXIMUM_WILDCARDS_PER_RULE: Final = 5
"""Limits of patterns and regular expressions, and of their asterisks and question marks (ELB user guide,
"Condition types for listener rules"). The guide does not mention wildcards of expressions: they count too."""

LISTENER_RULE: Final = "aws:lb/listenerRule:ListenerRule"


def texts_at(properties: Properties, path: str) -> list[str]:
    """Return the texts at a path; none if the path does not exist or holds other values."""
    values: list[object] = [properties]
    for step in path.split("."):
        key, is_list = step.removesuffix("[]"), step.endswith("[]")
        values = [inner for outer in values for inner in _step(outer, key)]
        if is_list:
            values = [item for items in values for item in _items(items)]
    return [text for text in values if isinstance(text, str)]


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


def _invalid_texts(resource: Resource) -> Iterator[str]:
    rows = TEXTS.get(resource.type, ())
    for row in (*rows, *COMMON_TEXTS):
        for text in texts_at(resource.properties, row.path):
            if len(text) > row.maximum_length:
                limit = f"of {row.maximum_length} that AWS accepts ({row.source})"
                yield f"{row.path} has {len(text)} characters, {limit}"
            elif not re.fullmatch(row.pattern, text, re.ASCII):
                yield f"{row.path} is {text!r}, which AWS does not accept there ({row.source})"
    for key in DESCRIPTIONS:
        if key in arguments(resource.type) and key not in {row.path for row in rows}:
            yield f"the policy pack has no limit for the {key} of {resource.type}"
    if resource.type == LISTENER_RULE:
        yield from _too_many(resource.properties)


def _too_many(rule: Properties) -> Iterator[str]:
    conditions = [cast("Properties", each) for each in _items(rule.get("conditions"))]
    patterns = [
        [text for kind in ("values", "regexValues") for text in texts_at(each, f"pathPattern.{kind}[]")]
        for each in conditions
    ]
    all_patterns = [text for texts in patterns for text in texts]
    if any(len(texts) > MAXIMUM_PATTERNS_PER_CONDITION for texts in patterns):
        yield f"a condition has more than {MAXIMUM_PATTERNS_PER_CONDITION} patterns"
    if len(all_patterns) > MAXIMUM_PATTERNS_PER_RULE:
        yield f"it has {len(all_patterns)} patterns, of {MAXIMUM_PATTERNS_PER_RULE} that AWS accepts"
    wildcards = sum(text.count("*") + text.count("?") for text in all_patterns)
    if wildcards > MAXIMUM_WILDCARDS_PER_RULE:
        yield f"it has {wildcards} wildcards, of {MAXIMUM_WILDCARDS_PER_RULE} that AWS accepts"


TEXT_RULES: Final = (
    ResourceRule(
        name="valid-texts",
        best_practice="REL01-BP03 Accommodate fixed service quotas and constraints through architecture",
        description="Descriptions, patterns, tags and other texts are valid by length and characters.",
        check=_invalid_texts,
    ),
)
