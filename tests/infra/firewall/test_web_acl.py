from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from infra.firewall.config import capacity
from infra.firewall.managed_rule_groups import MANAGED_GROUPS, statement_units
from infra.firewall.web_acl import Firewall, FirewallArgs
from infra.firewall.web_acl_rules import BATCH_PATHS
from service.api import batch_paths
from tests.infra.configs import load
from tests.infra.mock_aws import TAGS, MockAws, deploy

if TYPE_CHECKING:
    from infra.firewall.config import FirewallMode

COMMON = "AWSManagedRulesCommonRuleSet"
EVERY_GROUP = {group.name for group in MANAGED_GROUPS.values()}


@cache
def firewall(**values: str) -> MockAws:
    args = FirewallArgs(
        endpoints={"balancer": "arn:alb", "stage": "arn:stage"},
        config=load(**values).firewall,
        log_retention_days=14,
        tags=TAGS,
    )
    return deploy(lambda: Firewall("web", args))


def rules(mock_aws: MockAws) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in mock_aws.resources["web-acl"]["rules"]}


def managed(mock_aws: MockAws) -> dict[str, dict[str, Any]]:
    return {name: rule for name, rule in rules(mock_aws).items() if name in EVERY_GROUP}


def test_one_list_of_rules_stands_in_front_of_all_that_it_protects():
    links = firewall().of_type("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert {link.name: link["resourceArn"] for link in links} == {
        "web-acl-balancer": "arn:alb",
        "web-acl-stage": "arn:stage",
    }
    assert {link["webAclArn"] for link in links} == {"arn:web-acl"}


def test_what_no_rule_recognises_may_pass():
    acl = firewall().resources["web-acl"]
    assert acl["scope"] == "REGIONAL"
    assert acl["defaultAction"] == {"allow": {}}


def test_an_address_that_floods_the_service_is_blocked():
    rule = rules(firewall(rateLimitPerIp="500"))["RateLimit"]
    assert rule["action"] == {"block": {}}
    assert rule["statement"]["rateBasedStatement"] == {
        "aggregateKeyType": "IP",
        "evaluationWindowSec": 300,
        "limit": 500,
    }


# AWS WAF API reference 2019-07-29: RateBasedStatement, ByteMatchStatement and TextTransformation.
def test_batches_have_a_lower_limit_that_a_percent_encoded_path_does_not_evade():
    made = rules(firewall(batchRateLimitPerIp="30"))
    assert made["BatchRateLimit"]["action"] == {"block": {}}
    limit = made["BatchRateLimit"]["statement"]["rateBasedStatement"]
    method, path, size = limit.pop("scopeDownStatement")["andStatement"]["statements"]
    assert limit == {"aggregateKeyType": "IP", "evaluationWindowSec": 60, "limit": 30}
    assert method["byteMatchStatement"] == {
        "fieldToMatch": {"method": {}},
        "positionalConstraint": "EXACTLY",
        "searchString": "POST",
        "textTransformations": [{"priority": 0, "type": "NONE"}],
    }
    decoded = [{"priority": 0, "type": "URL_DECODE"}]
    regex = path["regexMatchStatement"].pop("regexString")
    assert path["regexMatchStatement"] == {"fieldToMatch": {"uriPath": {}}, "textTransformations": decoded}
    assert regex == BATCH_PATHS
    only_batches, large = size["orStatement"]["statements"]
    assert only_batches["byteMatchStatement"] == {
        "fieldToMatch": {"uriPath": {}},
        "positionalConstraint": "ENDS_WITH",
        "searchString": "/classify/batch",
        "textTransformations": decoded,
    }
    assert large["sizeConstraintStatement"] == {
        "comparisonOperator": "GT",
        "fieldToMatch": {"body": {"oversizeHandling": "MATCH"}},
        "size": batch_paths.SMALL_BODY_BYTES,
        "textTransformations": [{"priority": 0, "type": "NONE"}],
    }
    general = made["RateLimit"]["statement"]["rateBasedStatement"]
    assert limit["limit"] / limit["evaluationWindowSec"] < general["limit"] / general["evaluationWindowSec"]


@pytest.mark.parametrize(
    ("path", "is_batch"),
    [
        ("/api/v01/classify/batch", True),
        ("/api/v01/predictors/wine/predict", True),
        ("/v2/models/wine/infer", True),
        ("/v2/models/wine/versions/5f9c/infer", True),
        ("/api/v01/classify", False),
        ("/api/v01/predictors/wine", False),
        ("/api/v01/predictors/a/b/predict", False),
        ("/api/v01/predictors/wine/predict/", False),
        ("/v2/models/wine/ready", False),
        ("/v2/models/infer", False),
    ],
)
@pytest.mark.parametrize("stage", ["", "/dev"])
def test_the_firewall_and_the_service_take_the_same_paths_for_those_of_batches(
    stage: str, path: str, *, is_batch: bool
):
    assert bool(re.search(BATCH_PATHS, stage + path)) == is_batch
    assert batch_paths.is_batch_path(path) == is_batch


# AWS WAF developer guide, "Supported regular expression syntax"; API reference, RegexMatchStatement.
def test_the_expression_of_batches_is_one_that_waf_supports():
    assert len(BATCH_PATHS) <= 512
    assert re.compile(BATCH_PATHS).groups == 0


def test_a_blocked_batch_still_counts_against_the_limit_of_all_requests():
    names = list(rules(firewall(allowedIpRanges="203.0.113.7", rateLimitPerForwardedIp="70")))
    assert names[:4] == ["AllowedAddresses", "RateLimit", "BatchRateLimit", "ForwardedRateLimit"]


def test_an_address_behind_a_proxy_has_a_limit_of_its_own_only_where_one_is_set():
    assert "ForwardedRateLimit" not in rules(firewall())
    rule = rules(firewall(rateLimitPerForwardedIp="70"))["ForwardedRateLimit"]
    assert rule["statement"]["rateBasedStatement"] == {
        "aggregateKeyType": "FORWARDED_IP",
        "evaluationWindowSec": 300,
        "forwardedIpConfig": {"fallbackBehavior": "NO_MATCH", "headerName": "X-Forwarded-For"},
        "limit": 70,
    }


def test_the_default_groups_are_in_force():
    found = managed(firewall())
    assert set(found) == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        COMMON,
    }
    for name, rule in found.items():
        statement = rule["statement"]["managedRuleGroupStatement"]
        assert (statement["vendorName"], statement["name"]) == ("AWS", name)
        assert rule["overrideAction"] == {"none": {}}


def test_counting_blocks_nothing():
    counting = rules(firewall(firewallMode="count"))
    own = [counting.pop(name)["action"] for name in ("RateLimit", "BatchRateLimit", "LargeBody")]
    assert own == [{"count": {}}] * 3
    assert [rule["overrideAction"] for rule in counting.values()] == [{"count": {}}] * 3


@pytest.mark.parametrize(("mode", "other"), [("count", "block"), ("block", "count")])
def test_a_group_may_do_otherwise_than_the_whole_firewall(mode: str, other: str):
    mock_aws = firewall(firewallMode=mode, managedRuleGroups=f"ip-reputation, common:{other}")
    overrides: dict[str, Any] = {"count": {"count": {}}, "block": {"none": {}}}
    assert {name: rule["overrideAction"] for name, rule in managed(mock_aws).items()} == {
        "AWSManagedRulesAmazonIpReputationList": overrides[mode],
        COMMON: overrides[other],
    }
    # A rule that completes a group has the group's action.
    assert rules(mock_aws)["LargeBody"]["action"] == {other: {}}


def test_a_large_body_is_blocked_but_for_a_batch_s_which_the_service_measures_itself():
    mock_aws = firewall()
    overrides = {
        name: rule["statement"]["managedRuleGroupStatement"].get("ruleActionOverrides")
        for name, rule in managed(mock_aws).items()
    }
    assert overrides.pop(COMMON) == [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]
    assert set(overrides.values()) == {None}
    rule = rules(mock_aws)["LargeBody"]
    large, no_batch = rule["statement"]["andStatement"]["statements"]
    assert large["labelMatchStatement"] == {
        "scope": "LABEL",
        "key": "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
    }
    batch = no_batch["notStatement"]["statement"]["regexMatchStatement"]
    assert (batch["regexString"], batch["fieldToMatch"]) == (BATCH_PATHS, {"uriPath": {}})
    assert batch["textTransformations"] == [{"priority": 0, "type": "NONE"}]
    assert rule["action"] == {"block": {}}


def test_the_exception_for_batches_comes_right_after_the_group_that_marks_large_bodies():
    names = list(rules(firewall(managedRuleGroups="common, unix")))
    assert names.index("LargeBody") == names.index(COMMON) + 1
    assert "LargeBody" not in rules(firewall(managedRuleGroups="unix"))


def test_a_firewall_without_groups_still_limits_the_rate():
    assert list(rules(firewall(managedRuleGroups=""))) == ["RateLimit", "BatchRateLimit"]


def test_listed_addresses_are_kept_in_a_set_for_each_version_of_ip():
    mock_aws = firewall(allowedIpRanges="203.0.113.7", deniedIpRanges="198.51.100.0/24, 2001:db8::/32")
    sets = {resource.name: resource for resource in mock_aws.of_type("aws:wafv2/ipSet:IpSet")}
    assert {name: (each["ipAddressVersion"], each["addresses"]) for name, each in sets.items()} == {
        "web-allowed-ipv4": ("IPV4", ["203.0.113.7/32"]),
        "web-denied-ipv4": ("IPV4", ["198.51.100.0/24"]),
        "web-denied-ipv6": ("IPV6", ["2001:db8::/32"]),
    }
    allowed, denied = rules(mock_aws)["AllowedAddresses"], rules(mock_aws)["DeniedAddresses"]
    assert allowed["statement"] == {"ipSetReferenceStatement": {"arn": "arn:web-allowed-ipv4"}}
    assert denied["statement"]["orStatement"]["statements"] == [
        {"ipSetReferenceStatement": {"arn": "arn:web-denied-ipv4"}},
        {"ipSetReferenceStatement": {"arn": "arn:web-denied-ipv6"}},
    ]


@pytest.mark.parametrize("mode", ["count", "block"])
def test_who_is_welcome_passes_before_any_other_rule_looks(mode: str):
    found = rules(firewall(firewallMode=mode, allowedIpRanges="203.0.113.7", deniedCountries="AQ"))
    assert next(iter(found)) == "AllowedAddresses"
    assert found["AllowedAddresses"]["action"] == {"allow": {}}


def test_countries_are_denied_by_name_or_because_they_are_not_among_the_allowed():
    denied = rules(firewall(deniedCountries="AQ, BV"))["DeniedCountries"]
    assert denied["statement"] == {"geoMatchStatement": {"countryCodes": ["AQ", "BV"]}}
    others = rules(firewall(allowedCountries="DE"))["OtherCountries"]
    assert others["statement"]["notStatement"]["statement"] == {"geoMatchStatement": {"countryCodes": ["DE"]}}
    assert denied["action"] == others["action"] == {"block": {}}


EVERYTHING = {
    "allowedIpRanges": "203.0.113.7, 2001:db8::/32",
    "deniedIpRanges": "198.51.100.0/24",
    "deniedCountries": "AQ",
    "rateLimitPerForwardedIp": "70",
    "managedRuleGroups": "common, sql-injection, known-bad-inputs:count, ip-reputation, anonymous-ip",
}


OWN_RULES = ("DeniedAddresses", "DeniedCountries", "RateLimit", "BatchRateLimit", "ForwardedRateLimit")


@pytest.mark.parametrize("mode", ["count", "block"])
def test_each_rule_of_its_own_does_what_the_whole_firewall_does(mode: FirewallMode):
    values = {**EVERYTHING, "firewallMode": mode}
    listed = rules(firewall(**values))
    others = rules(firewall(firewallMode=mode, allowedCountries="DE"))["OtherCountries"]
    assert [rule["action"] for rule in (*(listed[name] for name in OWN_RULES), others)] == [{mode: {}}] * 6


# A request that a rule blocks or allows reaches none of those after it.
def test_the_rules_look_in_this_order():
    assert list(rules(firewall(**EVERYTHING))) == [
        "AllowedAddresses",
        *OWN_RULES,
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        COMMON,
        "LargeBody",
    ]
    assert list(rules(firewall(allowedCountries="DE")))[:2] == ["OtherCountries", "RateLimit"]


# AWS WAF developer guide, "AWS Managed Rules rule groups list": name in the API, and WCU.
def test_each_managed_group_has_its_name_and_capacity_at_aws():
    assert {name: (group.name, group.units) for name, group in MANAGED_GROUPS.items()} == {
        "ip-reputation": ("AWSManagedRulesAmazonIpReputationList", 25),
        "anonymous-ip": ("AWSManagedRulesAnonymousIpList", 50),
        "known-bad-inputs": ("AWSManagedRulesKnownBadInputsRuleSet", 200),
        "sql-injection": ("AWSManagedRulesSQLiRuleSet", 200),
        "admin-protection": ("AWSManagedRulesAdminProtectionRuleSet", 100),
        "unix": ("AWSManagedRulesUnixRuleSet", 100),
        "linux": ("AWSManagedRulesLinuxRuleSet", 200),
        "common": ("AWSManagedRulesCommonRuleSet", 700),
    }


@pytest.mark.parametrize("mode", ["count", "block"])
def test_a_rule_has_an_action_and_a_group_has_an_override_never_both(mode: FirewallMode):
    for rule in rules(firewall(firewallMode=mode, **EVERYTHING)).values():
        own = "managedRuleGroupStatement" not in rule["statement"]
        assert ("action" in rule, "overrideAction" in rule) == (own, not own)


@pytest.mark.parametrize("values", [{}, EVERYTHING])
def test_the_rules_look_in_an_order_and_report_under_names_of_their_own(values: dict[str, str]):
    found = list(rules(firewall(**values)).values())
    assert [rule["priority"] for rule in found] == list(range(len(found)))
    metrics = [rule["visibilityConfig"]["metricName"] for rule in found]
    assert len(set(metrics)) == len(metrics)
    seen = [rule["visibilityConfig"] for rule in found]
    seen.append(firewall(**values).resources["web-acl"]["visibilityConfig"])
    assert all(each["cloudwatchMetricsEnabled"] and each["sampledRequestsEnabled"] for each in seen)


@pytest.mark.parametrize("values", [{}, EVERYTHING, {"managedRuleGroups": ""}])
def test_the_rules_take_as_much_capacity_as_was_reckoned_with(values: dict[str, str]):
    statements = [rule["statement"] for rule in rules(firewall(**values)).values()]
    assert sum(map(statement_units, statements)) == sum(capacity(load(**values).firewall).values())


def test_what_rules_recognise_is_logged_without_credentials_for_as_long_as_other_logs():
    resources = firewall().resources
    group, logging = resources["web-acl-log"], resources["web-acl-logging"]
    # WAF takes no log group of another name.
    assert group["namePrefix"].startswith("aws-waf-logs-")
    assert group["retentionInDays"] == 14
    assert (logging["resourceArn"], logging["logDestinationConfigs"]) == ("arn:web-acl", ["arn:web-acl-log"])
    assert [field["singleHeader"]["name"] for field in logging["redactedFields"]] == [
        "authorization",
        "cookie",
    ]
    kept = logging["loggingFilter"]
    assert kept["defaultBehavior"] == "DROP"
    (keep,) = kept["filters"]
    assert (keep["behavior"], keep["requirement"]) == ("KEEP", "MEETS_ANY")
    assert [each["actionCondition"]["action"] for each in keep["conditions"]] == [
        "BLOCK",
        "COUNT",
        "EXCLUDED_AS_COUNT",
    ]


def test_every_request_is_logged_where_that_is_asked_for():
    assert "loggingFilter" not in firewall(firewallLogs="all").resources["web-acl-logging"].inputs
