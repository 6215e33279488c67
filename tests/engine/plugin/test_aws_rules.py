"""AWS's own rules, from its documentation; the sources are next to the rules."""

from __future__ import annotations

import pytest

from tests.engine.plugin.aws_rules import violations
from tests.engine.plugin.wire import UNKNOWN

RULE = "aws:lb/listenerRule:ListenerRule"
GROUP = "aws:autoscaling/group:Group"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"


def refused(kind: str, **inputs: object) -> list[str]:
    return [found.property for found in violations(kind, inputs)]


def path(*patterns: str) -> list[dict[str, object]]:
    return [{"pathPattern": {"values": list(patterns)}}]


@pytest.mark.parametrize("pattern", ["/img/*", "/a?c/$~\"'@:+&.x", "*" * 128, UNKNOWN])
def test_a_path_pattern_takes_letters_digits_and_some_signs(pattern: str):
    assert refused(RULE, conditions=path(pattern), priority=1) == []


@pytest.mark.parametrize("pattern", ["/%72eadyz", "/a b", "/a;b", "/ä", "", "*" * 129])
def test_a_path_pattern_takes_nothing_else_and_128_characters_at_most(pattern: str):
    assert refused(RULE, conditions=path("/fine", pattern), priority=1) == ["conditions"]


@pytest.mark.parametrize(
    ("priority", "says"), [(1, []), (50_000, []), (0, ["priority"]), (50_001, ["priority"])]
)
def test_a_priority_is_from_1_to_50000(priority: int, says: list[str]):
    assert refused(RULE, priority=priority) == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("HTTP from the internet (80/tcp) a.b_c-d:/()#,@[]+=&;{}!$*", []),
        ("a" * 255, []),
        (UNKNOWN, []),
        ("a" * 256, ["description"]),
        ("the balancer's", ["description"]),
        ("from 80 > 8080", ["description"]),
    ],
)
def test_descriptions_around_security_groups_take_some_characters_and_255_at_most(text: str, says: list[str]):
    assert refused(INGRESS, description=text) == says
    assert refused(SECURITY_GROUP, description=text) == says
    assert refused(SECURITY_GROUP, description="fine", ingress=[{"description": text}]) == says


def test_an_auto_scaling_group_has_a_launch_template_or_a_mixture_and_not_both():
    assert refused(GROUP, launchTemplate={"id": UNKNOWN}) == []
    assert refused(GROUP, mixedInstancesPolicy={"launchTemplate": UNKNOWN}) == []
    assert refused(GROUP) == [""]
    assert refused(GROUP, launchTemplate=UNKNOWN, mixedInstancesPolicy=UNKNOWN) == [""]


def test_a_warm_pool_goes_with_a_launch_template_and_not_with_a_mixture():
    assert refused(GROUP, launchTemplate=UNKNOWN, warmPool={"minSize": 1}) == []
    assert refused(GROUP, mixedInstancesPolicy=UNKNOWN, warmPool={"minSize": 1}) == ["warmPool"]


def test_a_type_without_rules_is_never_refused():
    assert refused("aws:s3/bucket:Bucket", description="ä") == []
