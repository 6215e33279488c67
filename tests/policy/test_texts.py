"""Each text of a resource is refused for a character or a length that AWS refuses, and taken otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence  # noqa: TC003 - a named tuple keeps them
from typing import Any, Final, NamedTuple

import pytest
from botocore.loaders import Loader

from policy.rule import Resource
from policy.rules.texts import EVERYWHERE, RULE_OF_LISTENER, TEXTS, TEXTS_TAKEN, Text, texts_at
from tests.infra.recorder import PROJECT

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
    """Write a domain name: labels have 63 characters at most."""
    return "a" * 60 + "." + "b" * (number - 61)


def framed(before: str, after: str = "") -> Callable[[int], str]:
    return lambda number: before + "a" * (number - len(before) - len(after)) + after


class Example(NamedTuple):
    """What shows the limits of one text."""

    good: Sequence[str]
    bad: Sequence[str] = ()
    """None where AWS takes any character."""
    long: Callable[[int], str] = of_length
    """Writes a good one of a length."""


SENTENCE: Final = Example(["AWS's own services", "", "Zeitüberschreitung"])
GROUP_SENTENCE: Final = Example(
    ["From the world: TCP/443 (TLS), [1] + {2} = 3 & more; a_b-c @d #e !f $g *", ""],
    ["AWS's own services", "a < b", "50 %", 'say "a"', "a\nb", "Zeitüberschreitung"],
)
WAF_SENTENCE: Final = Example(["Keeps floods out, #1"], ["It's", "ab?", " padded ", "a"])
METRIC: Final = Example(["iris-dev_1"], ["iris-my.stack", "a b", "All", "Default_Action", "a:b", ""])
TAG_VALUE: Final = Example(
    ["nobody in particular", "Größe_1+1=2:/@.-", ""], ["a*b", "a,b", "aws:team", "AWS:team", "it's", "a\nb"]
)
TAG_KEY: Final = Example(["team name"], ["a*b", "aws:team", "", "team;"])

EXAMPLES: Final[dict[tuple[str, str], Example]] = {
    ("aws:acm/certificate:Certificate", "domainName"): Example(
        ["iris.example.com", "*.example.com"],
        ["iris_1.example.com", "example", "a.b", "-a.example.com"],
        domain,
    ),
    ("aws:apigateway/deployment:Deployment", "description"): SENTENCE,
    ("aws:apigateway/resource:Resource", "pathPart"): Example(
        ["{proxy+}", "v1.0_a-b:c"], ["a/b", "{a b}", "é"]
    ),
    ("aws:apigateway/restApi:RestApi", "description"): SENTENCE,
    ("aws:apigateway/stage:Stage", "description"): SENTENCE,
    ("aws:apigateway/stage:Stage", "stageName"): Example(["live-1_a"], ["live.1", "a b", ""]),
    ("aws:autoscaling/group:Group", "initialLifecycleHooks[].name"): Example(["a_b-c/d"], ["a b", "a.b", ""]),
    ("aws:cloudwatch/eventRule:EventRule", "description"): SENTENCE,
    ("aws:cloudwatch/eventRule:EventRule", "eventPattern"): SENTENCE,
    ("aws:cloudwatch/eventTarget:EventTarget", "targetId"): Example(["to.a_b-c"], ["a b", "a/b", ""]),
    ("aws:cloudwatch/logGroup:LogGroup", "namePrefix"): Example(
        ["aws-waf-logs-a/b#c.d_"], ["a b", "a:b", ""]
    ),
    (ALARM, "alarmDescription"): SENTENCE,
    (ALARM, "metricName"): Example(["5XXError"], ["", "é"]),
    (ALARM, "namespace"): Example(["AWS/WAFV2"], [":a", "", "é"]),
    (ALARM, "dimensions.*"): Example(["app/alb/1"], [":a", "", " ", "é"]),
    (ALARM, "metricQueries[].id"): Example(["whole0", "a_B"], ["Whole", "0a", "a-b", ""]),
    (ALARM, "metricQueries[].expression"): Example(["100 * a / b"], [""]),
    (TEMPLATE, "description"): SENTENCE,
    (TEMPLATE, "tagSpecifications[].tags.*"): TAG_VALUE,
    (TEMPLATE, "tagSpecifications[].tags.~"): Example(
        ["owner", "a_b-c.d,e:f@g+h="], ["a b", "a/b", "é", "_index", ".", "..", "aws:a", ""]
    ),
    (GROUP, "description"): GROUP_SENTENCE,
    ("aws:iam/role:Role", "description"): Example(["It's AWS's: é\n"], ["a\x00b", "\u20ac"]),
    ("aws:kms/key:Key", "description"): SENTENCE,
    ("aws:lambda/alias:Alias", "description"): SENTENCE,
    ("aws:lambda/function:Function", "description"): SENTENCE,
    ("aws:lambda/function:Function", "handler"): Example(["a.b.handler"], ["a b", ""]),
    (RULE_OF_LISTENER, "conditions[].pathPattern.values[]"): Example(
        ["/livez", "/docs/*", "/a_b-c.d$e~f\"g'h@i:j+k&l?m"],
        ["/l*%*", "/%*", "/a b", "^/a$", "/a;b", "/é", "/(a)", ""],
        framed("/"),
    ),
    (RULE_OF_LISTENER, "conditions[].pathPattern.regexValues[]"): Example(
        ["^/(l|%6[cC])ivez([#%].*)?$", "^/a+b{2}[^/]$"],
        [
            *("/livez", "^/livez", "/livez$", "^/a b$", "^/é$", ""),
            *("^/(?!api).*$", "^/(?<=a)b$", "^/(a)\\1$", "^/(?>a)$", "^/a++$", "^/\\p{L}$", "^/(a(?R)?)$"),
        ],
        framed("^", "$"),
    ),
    (RULE_OF_LISTENER, "actions[].fixedResponse.messageBody"): SENTENCE,
    (RULE_OF_LISTENER, "actions[].fixedResponse.contentType"): Example(
        ["application/json", "text/html"], ["application/problem+json", ""]
    ),
    (BALANCER, "accessLogs.prefix"): Example(["access"], ["/access", "access/", "a/AWSLogs/b", "é"]),
    (BALANCER, "connectionLogs.prefix"): Example(["connections"], ["/access", "access/", "AWSLogs", "a b"]),
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.path"): Example(
        ["/readyz", "/a?b=c"], ["readyz", "/a b", "/é", ""], framed("/")
    ),
    ("aws:route53/record:Record", "name"): Example(
        ["_proof.example.com.", "*.a.example"], ["é.example", "a b", ""]
    ),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "rules[].id"): Example(
        ["forget"], [""]
    ),
    ("aws:sns/topicSubscription:TopicSubscription", "endpoint"): Example(
        ["ops@example.com"], ["ops", "a b@example.com", "@example.com", ""], framed("ops@")
    ),
    (EGRESS, "description"): GROUP_SENTENCE,
    (INGRESS, "description"): GROUP_SENTENCE,
    (IP_SET, "description"): WAF_SENTENCE,
    (WEB_ACL, "description"): WAF_SENTENCE,
    (WEB_ACL, "rules[].name"): Example(["RateLimit-1_a"], ["Rate.Limit", "a b", ""]),
    (WEB_ACL, "rules[].visibilityConfig.metricName"): METRIC,
    (WEB_ACL, "visibilityConfig.metricName"): METRIC,
    (ANY_TYPE, "tags.~"): TAG_KEY,
    (ANY_TYPE, "tags.*"): TAG_VALUE,
    ("aws:autoscaling/group:Group", "tags[].key"): TAG_KEY,
    ("aws:autoscaling/group:Group", "tags[].value"): TAG_VALUE,
}
"""By the type of resource and the path of the text; what AWS says of each is in `policy.rules.texts`."""

ONE_OF_FEW: Final = {(RULE_OF_LISTENER, "actions[].fixedResponse.contentType")}
"""Texts of which AWS knows all: none is as long as may be."""

OF_BOTOCORE: Final[dict[tuple[str, str], tuple[str, str]]] = {
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
    (RULE_OF_LISTENER, "actions[].fixedResponse.messageBody"): ("elbv2", "FixedResponseActionMessage"),
    (RULE_OF_LISTENER, "actions[].fixedResponse.contentType"): ("elbv2", "FixedResponseActionContentType"),
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.path"): ("elbv2", "Path"),
    (IP_SET, "description"): ("wafv2", "EntityDescription"),
    (WEB_ACL, "description"): ("wafv2", "EntityDescription"),
    (WEB_ACL, "rules[].name"): ("wafv2", "EntityName"),
    (ANY_TYPE, "tags.~"): ("elbv2", "TagKey"),
    (ANY_TYPE, "tags.*"): ("elbv2", "TagValue"),
}
"""Where the API's own description, which botocore has, says something of a text: service and shape."""


def row(key: tuple[str, str]) -> Text:
    kind, path = key
    (found,) = (text for text in (*TEXTS.get(kind, ()), *EVERYWHERE) if text.path == path)
    return found


def nested(path: str, text: str) -> Any:
    """Write the block in which one text is at a path."""
    step, _, rest = path.partition(".")
    if step == "~":
        return {text: "it"}
    key, is_list = step.removesuffix("[]"), step.endswith("[]")
    inner = nested(rest, text) if rest else text
    return {"some" if key == "*" else key: [inner] if is_list else inner}


def told(kind: str, properties: Any) -> list[str]:
    (rule,) = TEXTS_TAKEN
    resource = Resource(type=kind, name="it", properties=properties, project=PROJECT, stack="prod")
    return list(rule.check(resource))


def test_every_text_of_the_table_has_an_example():
    everywhere = {text.path for text in EVERYWHERE}
    assert {(kind, text.path) for kind, texts in TEXTS.items() for text in texts} == {
        key for key in EXAMPLES if key[1] not in everywhere
    }
    assert everywhere <= {path for _, path in EXAMPLES}
    assert all(text.source for texts in (*TEXTS.values(), EVERYWHERE) for text in texts)


@pytest.mark.parametrize("key", EXAMPLES, ids=".".join)
def test_what_aws_takes_is_taken(key: tuple[str, str]):
    kind, path = key
    for text in EXAMPLES[key].good:
        assert texts_at(nested(path, text), path) == [text]
        assert told(kind, nested(path, text)) == [], text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param(key, text, id=f"{'.'.join(key)} is {text!r}")
        for key, example in EXAMPLES.items()
        for text in example.bad
    ],
)
def test_a_character_that_aws_refuses_is_found(key: tuple[str, str], text: str):
    kind, path = key
    assert told(kind, nested(path, text)) == [
        f"{path} is {text!r}, which AWS does not take there ({row(key).source})"
    ]


@pytest.mark.parametrize("key", [key for key in EXAMPLES if key not in ONE_OF_FEW], ids=".".join)
def test_one_character_more_than_aws_takes_is_found(key: tuple[str, str]):
    kind, path = key
    longest, write = row(key).longest, EXAMPLES[key].long
    assert (len(write(longest)), len(write(longest + 1))) == (longest, longest + 1)
    assert told(kind, nested(path, write(longest))) == []
    (says,) = told(kind, nested(path, write(longest + 1)))
    assert says.startswith(f"{path} has {longest + 1} characters, of {longest} that AWS takes (")


@pytest.mark.parametrize("key", OF_BOTOCORE, ids=".".join)
def test_the_table_says_what_the_api_s_own_description_says(key: tuple[str, str]):
    service, name = OF_BOTOCORE[key]
    shape = Loader().load_service_model(service, "service-2")["shapes"][name]
    if "max" in shape:
        assert row(key).longest == shape["max"]
    if "pattern" in shape:
        # Python's expressions have letters and digits of all scripts together; two kinds of space are enough.
        pattern = shape["pattern"].replace(r"\p{L}\p{Z}\p{N}", r"\w \u00A0")
        for text in (*EXAMPLES[key].good, EXAMPLES[key].long(row(key).longest)):
            assert re.fullmatch(pattern, text), text


def test_a_description_of_which_nothing_is_known_is_found():
    (says,) = told("aws:rds/subnetGroup:SubnetGroup", {})
    assert says == "nobody has written down what the description of a aws:rds/subnetGroup:SubnetGroup may be"


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ([["/1", "/2", "/3", "/4"]], "a condition has more than 3 patterns"),
        ([["/1", "/2", "/3"], ["/4", "/5", "/6"]], "it has 6 patterns, of 5 that AWS takes"),
        ([["/*/*/*", "/?/*/*"]], "it has 6 wildcards, of 5 that AWS takes"),
    ],
)
def test_a_listener_rule_with_more_patterns_than_aws_takes_is_found(conditions: list[list[str]], says: str):
    blocks = [{"pathPattern": {"values": values}} for values in conditions]
    assert told(RULE_OF_LISTENER, {"conditions": blocks}) == [says]


def test_a_listener_rule_with_as_many_patterns_as_aws_takes_is_right():
    blocks = [
        {"pathPattern": {"values": ["/1", "/2/*", "/3/*"]}},
        {"pathPattern": {"regexValues": ["^/a*b?.*$"]}},
    ]
    assert told(RULE_OF_LISTENER, {"conditions": blocks}) == []
