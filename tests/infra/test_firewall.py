from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from infra.firewall import Firewall, FirewallArgs
from tests.infra.recorder import TAGS, Recorder, deploy

if TYPE_CHECKING:
    from infra.config import FirewallMode

COMMON = "AWSManagedRulesCommonRuleSet"


@cache
def firewall(mode: FirewallMode = "block", requests: int = 2_000) -> Recorder:
    args = FirewallArgs(
        protects={"balancer": "arn:alb", "stage": "arn:stage"},
        mode=mode,
        requests_per_address=requests,
        tags=TAGS,
    )
    return deploy(lambda: Firewall("web", args))


def rules(made: Recorder) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in made.made["web-acl"]["rules"]}


def test_one_list_of_rules_stands_in_front_of_all_that_it_protects():
    links = firewall().of_type("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert {link.name: link["resourceArn"] for link in links} == {
        "web-acl-balancer": "arn:alb",
        "web-acl-stage": "arn:stage",
    }
    assert {link["webAclArn"] for link in links} == {"arn:web-acl"}


def test_what_no_rule_recognises_may_pass():
    acl = firewall().made["web-acl"]
    assert acl["scope"] == "REGIONAL"
    assert acl["defaultAction"] == {"allow": {}}


def test_an_address_that_floods_the_service_is_blocked():
    rule = rules(firewall(requests=500))["RateLimit"]
    assert rule["action"] == {"block": {}}
    assert rule["statement"]["rateBasedStatement"] == {
        "aggregateKeyType": "IP",
        "evaluationWindowSec": 300,
        "limit": 500,
    }


@pytest.mark.parametrize(
    "group", ["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet", COMMON]
)
def test_each_managed_group_of_aws_is_in_force(group: str):
    rule = rules(firewall())[group]
    statement = rule["statement"]["managedRuleGroupStatement"]
    assert (statement["vendorName"], statement["name"]) == ("AWS", group)
    assert rule["overrideAction"] == {"none": {}}


def test_counting_blocks_nothing():
    counting = rules(firewall("count"))
    assert counting.pop("RateLimit")["action"] == {"count": {}}
    assert [rule["overrideAction"] for rule in counting.values()] == [{"count": {}}] * 3


def test_a_large_body_is_left_to_the_service_to_refuse():
    overrides = {
        name: rule["statement"]["managedRuleGroupStatement"].get("ruleActionOverrides")
        for name, rule in rules(firewall()).items()
        if name != "RateLimit"
    }
    assert overrides.pop(COMMON) == [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]
    assert set(overrides.values()) == {None}


@pytest.mark.parametrize("mode", ["count", "block"])
def test_a_rule_has_an_action_and_a_group_has_an_override_never_both(mode: FirewallMode):
    for rule in rules(firewall(mode)).values():
        own = "rateBasedStatement" in rule["statement"]
        assert ("action" in rule, "overrideAction" in rule) == (own, not own)


def test_the_rules_look_in_an_order_and_report_under_names_of_their_own():
    found = list(rules(firewall()).values())
    assert [rule["priority"] for rule in found] == [0, 1, 2, 3]
    metrics = [rule["visibilityConfig"]["metricName"] for rule in found]
    assert len(set(metrics)) == len(metrics)
    assert all(rule["visibilityConfig"]["cloudwatchMetricsEnabled"] for rule in found)
