"""Detection of texts with a length or a character that AWS refuses, and of no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence  # noqa: TC003 - a named tuple keeps them
from typing import Any, Final, NamedTuple

import pytest
from botocore.loaders import Loader

from policy.rule import Resource
from policy.rules.texts import COMMON_TEXTS, LISTENER_RULE, TEXT_RULES, TEXTS, TextLimit, texts_at
from tests.infra.mock_aws import PROJECT

FILTER: Final = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"
IP_SET: Final = "aws:wafv2/ipSet:IpSet"
ANY_TYPE: Final = "aws:ec2/vpc:Vpc"


def of_length(number: int) -> str:
    return "a" * number


def domain(number: int) -> str:
    """Return a domain name of a length; labels have 63 characters at most."""
    return "a" * 60 + "." + "b" * (number - 61)


def framed(before: str, after: str = "") -> Callable[[int], str]:
    return lambda number: before + "a" * (number - len(before) - len(after)) + after


class TextExample(NamedTuple):
    """Examples at the limits of one text."""

    good: Sequence[str]
    bad: Sequence[str] = ()
    """Empty for texts with any character."""
    long: Callable[[int], str] = of_length
    """Returns a valid text of a length."""


SENTENCE: Final = TextExample(["AWS's own services", "", "Zeitüberschreitung"])
GROUP_SENTENCE: Final = TextExample(
    ["From the world: TCP/443 (TLS), [1] + {2} = 3 & more; a_b-c @d #e !f $g *", ""],
    ["AWS's own services", "a < b", "50 %", 'say "a"', "a\nb", "Zeitüberschreitung"],
)
WAF_SENTENCE: Final = TextExample(["Keeps floods out, #1"], ["It's", "ab?", " padded ", "a"])
METRIC: Final = TextExample(["iris-dev_1"], ["iris-my.stack", "a b", "All", "Default_Action", "a:b", ""])
TAG_VALUE: Final = TextExample(
    ["unassigned", "Größe_1+1=2:/@.-", ""], ["a*b", "a,b", "aws:team", "AWS:team", "it's", "a\nb"]
)
TAG_KEY: Final = TextExample(["team name"], ["a*b", "aws:team", "", "team;"])

EXAMPLES: Final[dict[tuple[str, str], TextExample]] = {
    ("aws:acm/certificate:Certificate", "domainName"): TextExample(
        ["iris.example.com", "*.example.com"],
        ["iris_1.example.com", "example", "a.b", "-a.example.com"],
        domain,
    ),
    ("aws:apigateway/deployment:Deployment", "description"): SENTENCE,
    ("aws:apigateway/resource:Resource", "pathPart"): TextExample(
        ["{proxy+}", "v1.0_a-b:c"], ["a/b", "{a b}", "é"]
    ),
    ("aws:apigateway/restApi:RestApi", "description"): SENTENCE,
    ("aws:apigateway/stage:Stage", "description"): SENTENCE,
    ("aws:apigateway/stage:Stage", "stageName"): TextExample(["live-1_a"], ["live.1", "a b", ""]),
    ("aws:autoscaling/group:Group", "initialLifecycleHooks[].name"): TextExample(
        ["a_b-c/d"], ["a b", "a.b", ""]
    ),
    ("aws:cloudwatch/eventRule:EventRule", "description"): SENTENCE,
    ("aws:cloudwatch/eventRule:EventRule", "eventPattern"): SENTENCE,
    ("aws:cloudwatch/eventTarget:EventTarget", "targetId"): TextExample(["to.a_b-c"], ["a b", "a/b", ""]),
    ("aws:cloudwatch/logGroup:LogGroup", "namePrefix"): TextExample(
        ["aws-waf-logs-a/b#c.d_"], ["a b", "a:b", ""]
    ),
    (FILTER, "pattern"): TextExample(["{ $.status = 400 }"], [""]),
    (FILTER, "metricTransformation.name"): TextExample(["ClientErrors"], ["a:b", "a*", "a$", ""]),
    (FILTER, "metricTransformation.namespace"): TextExample(["shop/prod"], ["a:b", "a*", "a$", ""]),
    (ALARM, "alarmDescription"): SENTENCE,
    (ALARM, "metricName"): TextExample(["5XXError"], ["", "é"]),
    (ALARM, "namespace"): TextExample(["AWS/WAFV2"], [":a", "", "é"]),
    (ALARM, "dimensions.*"): TextExample(["app/alb/1"], [":a", "", " ", "é"]),
    (ALARM, "metricQueries[].id"): TextExample(["whole0", "a_B"], ["Whole", "0a", "a-b", ""]),
    (ALARM, "metricQueries[].expression"): TextExample(["100 * a / b"], [""]),
    (TEMPLATE, "description"): SENTENCE,
    (TEMPLATE, "tagSpecifications[].tags.*"): TAG_VALUE,
    (TEMPLATE, "tagSpecifications[].tags.~"): TextExample(
        ["owner", "a_b-c.d,e:f@g+h="], ["a b", "a/b", "é", "_index", ".", "..", "aws:a", ""]
    ),
    (GROUP, "description"): GROUP_SENTENCE,
    ("aws:iam/role:Role", "description"): TextExample(["It's AWS's: é\n"], ["a\x00b", "\u20ac"]),
    ("aws:kms/key:Key", "description"): SENTENCE,
    ("aws:lambda/alias:Alias", "description"): SENTENCE,
    ("aws:lambda/function:Function", "description"): SENTENCE,
    ("aws:lambda/function:Function", "handler"): TextExample(["a.b.handler"], ["a b", ""]),
    (LISTENER_RULE, "conditions[].pathPattern.values[]"): TextExample(
        ["/livez", "/docs/*", "/a_b-c.d$e~f\"g'h@i:j+k&l?m"],
        ["/l*%*", "/%*", "/a b", "^/a$", "/a;b", "/é", "/(a)", ""],
        framed("/"),
    ),
    (LISTENER_RULE, "conditions[].pathPattern.regexValues[]"): TextExample(
        ["^/(l|%6[cC])ivez([#%].*)?$", "^/a+b{2}[^/]$"],
        [
            *("/livez", "^/livez", "/livez$", "^/a b$", "^/é$", ""),
            *("^/(?!api).*$", "^/(?<=a)b$", "^/(a)\\1$", "^/(?>a)$", "^/a++$", "^/\\p{L}$", "^/(a(?R)?)$"),
        ],
        framed("^", "$"),
    ),
    (LISTENER_RULE, "actions[].fixedResponse.messageBody"): SENTENCE,
    (LISTENER_RULE, "actions[].fixedResponse.contentType"): TextExample(
        ["application/json", "text/html"], ["application/problem+json", ""]
    ),
    (BALANCER, "accessLogs.prefix"): TextExample(["access"], ["/access", "access/", "a/AWSLogs/b", "é"]),
    (BALANCER, "connectionLogs.prefix"): TextExample(
        ["connections"], ["/access", "access/", "AWSLogs", "a b"]
    ),
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.path"): TextExample(
        ["/readyz", "/a?b=c"], ["readyz", "/a b", "/é", ""], framed("/")
    ),
    ("aws:route53/record:Record", "name"): TextExample(
        ["_proof.example.com.", "*.a.example"], ["é.example", "a b", ""]
    ),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "rules[].id"): TextExample(
        ["forget"], [""]
    ),
    ("aws:sns/topicSubscription:TopicSubscription", "endpoint"): TextExample(
        ["ops@example.com"], ["ops", "a b@example.com", "@example.com", ""], framed("ops@")
    ),
    (EGRESS, "description"): GROUP_SENTENCE,
    (INGRESS, "description"): GROUP_SENTENCE,
    (IP_SET, "description"): WAF_SENTENCE,
    (WEB_ACL, "description"): WAF_SENTENCE,
    (WEB_ACL, "rules[].name"): TextExample(["RateLimit-1_a"], ["Rate.Limit", "a b", ""]),
    (WEB_ACL, "rules[].visibilityConfig.metricName"): METRIC,
    (WEB_ACL, "visibilityConfig.metricName"): METRIC,
    (ANY_TYPE, "tags.~"): TAG_KEY,
    (ANY_TYPE, "tags.*"): TAG_VALUE,
    ("aws:autoscaling/group:Group", "tags[].key"): TAG_KEY,
    ("aws:autoscaling/group:Group", "tags[].value"): TAG_VALUE,
}
"""Examples by resource type and path; `policy.rules.texts` names their sources."""

ENUMERATED: Final = {(LISTENER_RULE, "actions[].fixedResponse.contentType")}
"""Texts with an enumeration of values, none of which has the maximum length."""

BOTOCORE_SHAPES: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("aws:apigateway/restApi:RestApi", "description"): ("apigatewayv2", "StringWithLengthBetween0And1024"),
    ("aws:autoscaling/group:Group", "initialLifecycleHooks[].name"): ("autoscaling", "AsciiStringMaxLen255"),
    ("aws:cloudwatch/eventRule:EventRule", "description"): ("events", "RuleDescription"),
    ("aws:cloudwatch/eventRule:EventRule", "eventPattern"): ("events", "EventPattern"),
    ("aws:cloudwatch/eventTarget:EventTarget", "targetId"): ("events", "TargetId"),
    (ALARM, "alarmDescription"): ("cloudwatch", "AlarmDescription"),
    (ALARM, "metricName"): ("cloudwatch", "MetricName"),
    (ALARM, "namespace"): ("cloudwatch", "Namespace"),
    (ALARM, "dimensions.*"): ("cloudwatch", "DimensionValue"),
    (ALARM, "metricQueries[].id"): ("cloudwatch", "MetricId"),
    (ALARM, "metricQueries[].expression"): ("cloudwatch", "MetricExpression"),
    (TEMPLATE, "description"): ("ec2", "VersionDescription"),
    ("aws:iam/role:Role", "description"): ("iam", "roleDescriptionType"),
    ("aws:kms/key:Key", "description"): ("kms", "DescriptionType"),
    ("aws:lambda/alias:Alias", "description"): ("lambda", "Description"),
    ("aws:lambda/function:Function", "description"): ("lambda", "Description"),
    ("aws:lambda/function:Function", "handler"): ("lambda", "Handler"),
    (LISTENER_RULE, "actions[].fixedResponse.messageBody"): ("elbv2", "FixedResponseActionMessage"),
    (LISTENER_RULE, "actions[].fixedResponse.contentType"): ("elbv2", "FixedResponseActionContentType"),
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.path"): ("elbv2", "Path"),
    (IP_SET, "description"): ("wafv2", "EntityDescription"),
    (WEB_ACL, "description"): ("wafv2", "EntityDescription"),
    (WEB_ACL, "rules[].name"): ("wafv2", "EntityName"),
    (ANY_TYPE, "tags.~"): ("elbv2", "TagKey"),
    (ANY_TYPE, "tags.*"): ("elbv2", "TagValue"),
}
"""Service and shape of the API model, of botocore, that limits a text."""


def row(key: tuple[str, str]) -> TextLimit:
    kind, path = key
    (found,) = (text for text in (*TEXTS.get(kind, ()), *COMMON_TEXTS) if text.path == path)
    return found


def nested(path: str, text: str) -> Any:
    """Return a block with one text at a path."""
    step, _, rest = path.partition(".")
    if step == "~":
        return {text: "it"}
    key, is_list = step.removesuffix("[]"), step.endswith("[]")
    inner = nested(rest, text) if rest else text
    return {"some" if key == "*" else key: [inner] if is_list else inner}


def messages(kind: str, properties: Any) -> list[str]:
    (rule,) = TEXT_RULES
    resource = Resource(type=kind, name="it", properties=properties, project=PROJECT, stack="prod")
    return list(rule.check(resource))


def test_every_text_of_the_table_has_an_example():
    common = {text.path for text in COMMON_TEXTS}
    assert {(kind, text.path) for kind, texts in TEXTS.items() for text in texts} == {
        key for key in EXAMPLES if key[1] not in common
    }
    assert common <= {path for _, path in EXAMPLES}
    assert all(text.source for texts in (*TEXTS.values(), COMMON_TEXTS) for text in texts)


@pytest.mark.parametrize("key", EXAMPLES, ids=".".join)
def test_a_valid_text_is_accepted(key: tuple[str, str]):
    kind, path = key
    for text in EXAMPLES[key].good:
        assert texts_at(nested(path, text), path) == [text]
        assert messages(kind, nested(path, text)) == [], text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param(key, text, id=f"{'.'.join(key)} is {text!r}")
        for key, example in EXAMPLES.items()
        for text in example.bad
    ],
)
def test_an_invalid_character_is_found(key: tuple[str, str], text: str):
    kind, path = key
    assert messages(kind, nested(path, text)) == [
        f"{path} is {text!r}, which AWS does not accept there ({row(key).source})"
    ]


@pytest.mark.parametrize("key", [key for key in EXAMPLES if key not in ENUMERATED], ids=".".join)
def test_one_character_above_the_maximum_length_is_found(key: tuple[str, str]):
    kind, path = key
    longest, write = row(key).maximum_length, EXAMPLES[key].long
    assert (len(write(longest)), len(write(longest + 1))) == (longest, longest + 1)
    assert messages(kind, nested(path, write(longest))) == []
    (message,) = messages(kind, nested(path, write(longest + 1)))
    assert message.startswith(f"{path} has {longest + 1} characters, of {longest} that AWS accepts (")


@pytest.mark.parametrize("key", BOTOCORE_SHAPES, ids=".".join)
def test_the_table_agrees_with_the_api_model(key: tuple[str, str]):
    service, name = BOTOCORE_SHAPES[key]
    shape = Loader().load_service_model(service, "service-2")["shapes"][name]
    if "max" in shape:
        assert row(key).maximum_length == shape["max"]
    if "pattern" in shape:
        # Python's regular expressions have no \p classes: \w matches letters and digits of all scripts.
        pattern = shape["pattern"].replace(r"\p{L}\p{Z}\p{N}", r"\w \u00A0")
        for text in (*EXAMPLES[key].good, EXAMPLES[key].long(row(key).maximum_length)):
            assert re.fullmatch(pattern, text), text


def test_a_description_without_a_limit_is_found():
    (message,) = messages("aws:rds/subnetGroup:SubnetGroup", {})
    assert message == "the policy pack has no limit for the description of aws:rds/subnetGroup:SubnetGroup"


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ([["/1", "/2", "/3", "/4"]], "a condition has more than 3 patterns"),
        ([["/1", "/2", "/3"], ["/4", "/5", "/6"]], "it has 6 patterns, of 5 that AWS accepts"),
        ([["/*/*/*", "/?/*/*"]], "it has 6 wildcards, of 5 that AWS accepts"),
    ],
)
def test_a_listener_rule_with_too_many_patterns_is_found(conditions: list[list[str]], says: str):
    blocks = [{"pathPattern": {"values": values}} for values in conditions]
    assert messages(LISTENER_RULE, {"conditions": blocks}) == [says]


def test_a_listener_rule_with_the_maximum_of_patterns_is_accepted():
    blocks = [
        {"pathPattern": {"values": ["/1", "/2/*", "/3/*"]}},
        {"pathPattern": {"regexValues": ["^/a*b?.*$"]}},
    ]
    assert messages(LISTENER_RULE, {"conditions": blocks}) == []
