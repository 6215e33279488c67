"""Characters of ASCII that AWS accepts inside each text, by the source that `policy.rules.texts` names."""

from __future__ import annotations

from string import ascii_letters, digits, printable
from typing import Final

import pytest

from tests.policy.test_texts import (
    ALARM,
    ANY_TYPE,
    BALANCER,
    EGRESS,
    EXAMPLES,
    FILTER,
    GROUP,
    INGRESS,
    IP_SET,
    LIFECYCLE,
    LISTENER_RULE,
    TEMPLATE,
    WEB_ACL,
    messages,
    nested,
)

VISIBLE: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""Punctuation of ASCII, all of which is visible; letters and digits are added to every text."""

SPACE: Final = f"{VISIBLE} "
CONTROLS: Final = "\t\n\r\x0b\x0c"
ANY: Final = SPACE + CONTROLS
EC2: Final = " ._-:/()#,@[]+=&;{}!$*"
WAF: Final = "_+=:#@/-,. \t\n\r\x0b\x0c"
TAGS: Final = " _+-=.:/@"
WORDS: Final = "_-"


def without(characters: str, excluded: str) -> str:
    return "".join(character for character in characters if character not in excluded)


CHARACTERS: Final[dict[tuple[str, str], str]] = {
    ("aws:apigateway/resource:Resource", "pathPart"): "_.-:",
    ("aws:apigateway/stage:Stage", "stageName"): WORDS,
    ("aws:autoscaling/group:Group", "initialLifecycleHooks[].name"): "_/-",
    ("aws:cloudwatch/eventTarget:EventTarget", "targetId"): ".-_",
    ("aws:cloudwatch/logGroup:LogGroup", "namePrefix"): ".-_/#",
    (FILTER, "pattern"): ANY,
    (FILTER, "metricTransformation.name"): without(ANY, ":*$"),
    (FILTER, "metricTransformation.namespace"): without(ANY, ":*$"),
    (ALARM, "alarmDescription"): ANY,
    (ALARM, "metricName"): SPACE,
    (ALARM, "namespace"): SPACE,
    (ALARM, "dimensions.*"): SPACE,
    (ALARM, "metricQueries[].id"): "_",
    (ALARM, "metricQueries[].expression"): ANY,
    (TEMPLATE, "description"): ANY,
    (TEMPLATE, "tagSpecifications[].tags.*"): TAGS,
    (TEMPLATE, "tagSpecifications[].tags.~"): "_+-=.,:@",
    (GROUP, "description"): EC2,
    (INGRESS, "description"): EC2,
    (EGRESS, "description"): EC2,
    ("aws:iam/role:Role", "description"): f"{SPACE}\t\n\r",
    ("aws:lambda/function:Function", "handler"): VISIBLE,
    (LISTENER_RULE, "conditions[].pathPattern.values[]"): "_-.$/~\"'@:+&*?",
    # A lone parenthesis or bracket is ELB's to refuse: it parses the expression.
    (LISTENER_RULE, "conditions[].pathPattern.regexValues[]"): VISIBLE,
    (LISTENER_RULE, "actions[].fixedResponse.messageBody"): ANY,
    (BALANCER, "accessLogs.prefix"): VISIBLE,
    (BALANCER, "connectionLogs.prefix"): VISIBLE,
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.path"): VISIBLE,
    ("aws:route53/record:Record", "name"): "_.*-",
    (LIFECYCLE, "rules[].id"): ANY,
    ("aws:sns/topicSubscription:TopicSubscription", "endpoint"): without(VISIBLE, "@"),
    (IP_SET, "description"): WAF,
    (WEB_ACL, "description"): WAF,
    (WEB_ACL, "rules[].name"): WORDS,
    (WEB_ACL, "rules[].visibilityConfig.metricName"): WORDS,
    (WEB_ACL, "visibilityConfig.metricName"): WORDS,
    (ANY_TYPE, "tags.~"): TAGS,
    (ANY_TYPE, "tags.*"): TAGS,
}
"""Text -> characters that it may have between two letters, besides letters and digits."""

FRAMES: Final = {
    "conditions[].pathPattern.regexValues[]": "^/a{}b$",
    "healthCheck.path": "/a{}b",
    "endpoint": "a{}b@example.com",
}
"""Path of a text -> what is around the character."""


@pytest.mark.parametrize("key", CHARACTERS, ids=".".join)
def test_a_text_takes_these_characters_of_ascii_and_no_others(key: tuple[str, str]):
    kind, path = key
    frame = FRAMES.get(path, "a{}b")
    accepted = {one for one in printable if not messages(kind, nested(path, frame.replace("{}", one)))}
    assert accepted == {*ascii_letters, *digits, *CHARACTERS[key]}


def test_the_table_has_each_text_but_domain_names_and_enumerations():
    rest = {
        key for key in EXAMPLES if key not in CHARACTERS and key[1] not in {"description", "eventPattern"}
    }
    assert {path for _, path in rest} == {
        "domainName",
        "actions[].fixedResponse.contentType",
        "tags[].key",
        "tags[].value",
    }


# A reserved name is one with the colon, and only of that spelling or another case (Tagging user guide).
@pytest.mark.parametrize("text", ["aws", "awsome", "AWS team", "saws:x"])
def test_a_tag_may_begin_like_a_reserved_one(text: str):
    assert messages(ANY_TYPE, {"tags": {text: text}}) == []


# The reserved names of WAF are whole names.
@pytest.mark.parametrize("text", ["AllRequests", "Default_Action_2", "all"])
def test_a_metric_may_begin_like_a_reserved_one(text: str):
    assert messages(WEB_ACL, {"visibilityConfig": {"metricName": text}}) == []


# ELB user guide, "Listener rules": no lookaround, reference, possessive quantifier, recursion, Unicode class.
@pytest.mark.parametrize(
    "text",
    [
        *(f"^/(?{mark}a)b$" for mark in "=!<>|R&"),
        *(f"^/(a)\\{mark}$" for mark in "123456789pPkg"),
        *(f"^/a{quantifier}+$" for quantifier in ("*", "+", "?", "{2}")),
    ],
)
def test_an_expression_that_elb_does_not_support_is_found(text: str):
    assert messages(LISTENER_RULE, {"conditions": [{"pathPattern": {"regexValues": [text]}}]})
