"""Evaluation of a web ACL: priorities, actions, labels, groups and their overrides."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import WebAcl, referred_arns
from tests.localcloud.load_balancer.firewall.acls import (
    BROWSER,
    Json,
    acl,
    contains,
    groups,
    managed,
    request,
    rule,
)

COMMON = "AWSManagedRulesCommonRuleSet"

ONLY_COUNTED: Json = {
    "RuleActionOverrides": [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]
}

LARGE = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"


def compiled(*rules: Json, sources: Sources | None = None, **more: Any) -> WebAcl:
    return WebAcl(acl(*rules, **more), sources or Sources())


def label_match(key: str, scope: str = "LABEL") -> Json:
    return {"LabelMatchStatement": {"Scope": scope, "Key": key}}


def test_the_first_rule_by_priority_decides():
    both = compiled(rule("block", contains("a"), 2), rule("allow", contains("ab"), 1, "Allow"))
    assert both.evaluate(request("/ab"), 0).terminating.metric == "allow"
    blocked = both.evaluate(request("/a"), 0)
    assert (blocked.is_allowed, blocked.terminating.metric) == (False, "block")


def test_without_a_match_the_default_action_decides():
    for default, is_allowed in (("Allow", True), ("Block", False)):
        verdict = compiled(rule("block", contains("x")), default=default).evaluate(request("/a"), 0)
        assert (verdict.is_allowed, verdict.terminating.metric) == (is_allowed, "Default_Action")


def test_a_counting_rule_adds_its_labels_and_headers_and_goes_on():
    handling = {"CustomRequestHandling": {"InsertHeaders": [{"Name": "Seen", "Value": "1"}]}}
    counting = rule(
        "count", contains("a"), 0, Action={"Count": handling}, RuleLabels=[{"Name": "team:suspect"}]
    )
    verdict = compiled(counting, rule("block", label_match("team:suspect"), 1)).evaluate(request("/a"), 0)
    assert [found.metric for found in verdict.counted] == ["count"]
    assert verdict.labels == {"awswaf:webacl:acl:team:suspect"}
    assert (verdict.is_allowed, verdict.terminating.metric) == (False, "block")
    assert verdict.inserted_headers == (("x-amzn-waf-seen", "1"),)


def test_a_namespace_matches_all_its_labels():
    labelled = rule("count", contains("a"), 0, "Count", RuleLabels=[{"Name": "team:suspect"}])
    for key, is_allowed in (("team:", False), ("awswaf:webacl:acl:team:", False), ("other:", True)):
        web_acl = compiled(labelled, rule("block", label_match(key, "NAMESPACE"), 1))
        assert web_acl.evaluate(request("/a"), 0).is_allowed is is_allowed


def test_a_custom_response_has_its_status_headers_and_body():
    response = {
        "ResponseCode": 429,
        "CustomResponseBodyKey": "slow",
        "ResponseHeaders": [{"Name": "Retry-After", "Value": "60"}],
    }
    bodies = {"slow": {"ContentType": "APPLICATION_JSON", "Content": "{}"}}
    blocking = rule("block", contains("a"), Action={"Block": {"CustomResponse": response}})
    found = compiled(blocking, CustomResponseBodies=bodies).evaluate(request("/a"), 0).response
    assert found is not None
    assert (found.status, found.headers, found.body, found.content_type) == (
        429,
        (("Retry-After", "60"),),
        "{}",
        "application/json",
    )


def test_a_managed_group_blocks_labels_and_names_its_rule():
    verdict = groups(COMMON).evaluate(request("/?q=<script>alert(1)</script>"), 0)
    assert not verdict.is_allowed
    assert verdict.terminating.rule_in_group == f"AWS#{COMMON}#CrossSiteScripting_QUERYARGUMENTS"
    assert verdict.labels == {"awswaf:managed:aws:core-rule-set:CrossSiteScripting_QueryArguments"}


def test_a_group_that_only_counts_lets_the_request_pass():
    verdict = compiled(managed(COMMON, override="Count")).evaluate(request("/?q=<script>"), 0)
    assert verdict.is_allowed
    assert [(found.metric, found.action) for found in verdict.counted] == [(COMMON, "Count")]


def test_a_group_that_only_counts_ends_with_its_first_rule_that_would_block():
    path = "/?q=<script>alert(1)</script>&file=../../etc/passwd"
    verdict = compiled(managed(COMMON, override="Count")).evaluate(request(path), 0)
    assert [found.rule_in_group for found in verdict.counted] == [f"AWS#{COMMON}#GenericLFI_QUERYARGUMENTS"]


def test_a_rule_that_allows_inserts_its_headers_and_one_that_blocks_does_not():
    handling = {"CustomRequestHandling": {"InsertHeaders": [{"Name": "Trusted", "Value": "1"}]}}
    allowing = compiled(rule("allow", contains("a"), Action={"Allow": handling}))
    assert allowing.evaluate(request("/a"), 0).inserted_headers == (("x-amzn-waf-trusted", "1"),)
    assert allowing.evaluate(request("/b"), 0).inserted_headers == ()


def test_an_overridden_or_excluded_rule_only_counts_and_still_labels():
    excluded: Json = {"ExcludedRules": [{"Name": "SizeRestrictions_BODY"}]}
    for more in (ONLY_COUNTED, excluded):
        verdict = compiled(managed(COMMON, **more)).evaluate(request(body="1", has_larger_body=True), 0)
        assert verdict.is_allowed
        assert verdict.labels == {LARGE}
        blocked = compiled(managed(COMMON, **more)).evaluate(request("/?q=<script>"), 0)
        assert not blocked.is_allowed


def test_the_label_of_a_large_body_blocks_it_outside_of_batches():
    outside = {"NotStatement": {"Statement": contains("/classify/batch")}}
    large = {"AndStatement": {"Statements": [label_match(LARGE), outside]}}
    web_acl = compiled(managed(COMMON, 0, **ONLY_COUNTED), rule("LargeBody", large, 1))

    def post(path: str, *, is_large: bool) -> bool:
        given = request(path, "POST", body="1", has_larger_body=is_large)
        return web_acl.evaluate(given, 0).is_allowed

    assert post("/api/v01/classify/batch", is_large=True)
    assert post("/api/v01/classify", is_large=False)
    assert not post("/api/v01/classify", is_large=True)


def test_a_group_is_evaluated_only_in_its_scope():
    scoped = compiled(managed(COMMON, ScopeDownStatement=contains("/api")))
    assert scoped.evaluate(request("/docs?q=<script>"), 0).is_allowed
    assert not scoped.evaluate(request("/api?q=<script>"), 0).is_allowed


def test_a_group_of_own_rules_is_evaluated_by_priority_with_labels_of_its_own():
    group = {
        "Name": "mine",
        "Rules": [
            rule("second", label_match("odd"), 2),
            rule("first", contains("a"), 1, "Count", RuleLabels=[{"Name": "odd"}]),
        ],
    }
    reference = managed("mine")
    reference["Statement"] = {"RuleGroupReferenceStatement": {"ARN": "arn"}}
    web_acl = compiled(reference, sources=Sources(rule_groups={"arn": group}))
    verdict = web_acl.evaluate(request("/a"), 0)
    assert (verdict.is_allowed, verdict.terminating.rule_in_group) == (False, "arn#second")
    assert verdict.labels == {"awswaf:rulegroup:mine:odd"}


def test_rules_that_are_not_evaluated_are_named_and_block_nobody():
    other = {"NotStatement": {"Statement": {"GeoMatchStatement": {"CountryCodes": ["DE"]}}}}
    reputation = "AWSManagedRulesAmazonIpReputationList"
    web_acl = compiled(
        rule("OtherCountries", other),
        managed(reputation, 1),
        rule("captcha", contains("a"), 2, "Captcha"),
        rule("block", contains("b"), 3),
    )
    assert list(web_acl.unenforced) == ["OtherCountries", reputation, "captcha"]
    assert web_acl.evaluate(request("/a"), 0).is_allowed
    assert not web_acl.evaluate(request("/b"), 0).is_allowed


@pytest.mark.parametrize(
    "changed",
    [
        {"Limit": 11},
        {"EvaluationWindowSec": 600},
        {"AggregateKeyType": "CONSTANT", "ScopeDownStatement": contains("/")},
        {"ScopeDownStatement": contains("/")},
    ],
)
def test_a_rate_survives_the_change_of_other_rules_and_begins_anew_with_its_own_settings(changed: Json):
    """See AWS WAF developer guide, "Rate-based rule caveats"."""
    counters = Sources()

    def limited(statement: Json, *others: Json) -> WebAcl:
        return compiled(rule("rate", {"RateBasedStatement": statement}), *others, sources=counters)

    statement: Json = {"Limit": 10, "AggregateKeyType": "IP"}
    assert [limited(statement).evaluate(request(), 0).is_allowed for _ in range(10)] == [True] * 10
    assert not limited(statement, rule("other", contains("x"), 1)).evaluate(request(), 1).is_allowed
    assert limited({**statement, **changed}).evaluate(request(), 2).is_allowed


def test_the_common_group_wants_a_user_agent_that_is_no_scanner():
    common = groups(COMMON)
    assert common.evaluate(request(headers=(BROWSER,)), 0).is_allowed
    assert not common.evaluate(request(headers=()), 0).is_allowed
    for scanner in ("sqlmap/1.8", "SQLMap/1.8"):
        assert not common.evaluate(request(headers=(("user-agent", scanner),)), 0).is_allowed


def test_what_rules_refer_to_is_found_at_any_depth():
    nested = {
        "OrStatement": {"Statements": [{"IPSetReferenceStatement": {"ARN": arn}} for arn in ("4", "6")]}
    }
    assert referred_arns([rule("r", {"NotStatement": {"Statement": nested}})]) == {
        "IPSetReferenceStatement": {"4", "6"}
    }


@pytest.mark.parametrize(
    ("kind", "header"),
    [("TEXT_PLAIN", "text/plain"), ("TEXT_HTML", "text/html"), ("APPLICATION_JSON", "application/json")],
)
def test_a_custom_body_has_the_content_type_of_its_kind(kind: str, header: str):
    # CustomResponseBody, AWS WAFV2 API.
    response = {"ResponseCode": 403, "CustomResponseBodyKey": "body"}
    bodies = {"body": {"ContentType": kind, "Content": "no"}}
    blocking = rule("block", contains("a"), Action={"Block": {"CustomResponse": response}})
    found = compiled(blocking, CustomResponseBodies=bodies).evaluate(request("/a"), 0).response
    assert found is not None
    assert found.content_type == header


@pytest.mark.parametrize("action", ["Captcha", "Challenge"])
def test_a_rule_that_would_test_the_browser_is_named_and_blocks_nobody(action: str):
    web_acl = compiled(rule("test", contains("a"), action=action))
    assert web_acl.unenforced == {"test": f"the action {action}"}
    assert web_acl.evaluate(request("/a"), 0).is_allowed


def test_labels_have_the_namespace_that_aws_gave_the_web_acl_or_the_group():
    # With the number of the account: "Label syntax and naming requirements", AWS WAF developer guide.
    of_acl, of_group = "awswaf:123456789012:webacl:acl:", "awswaf:123456789012:rulegroup:mine:"
    labelled = rule("count", contains("a"), 0, "Count", RuleLabels=[{"Name": "odd"}])
    own = compiled(labelled, LabelNamespace=of_acl).evaluate(request("/a"), 0)
    assert own.labels == {f"{of_acl}odd"}
    group = {"Name": "mine", "LabelNamespace": of_group, "Rules": [labelled]}
    reference: Json = rule("group", {"RuleGroupReferenceStatement": {"ARN": "arn"}})
    reference = {**reference, "OverrideAction": {"None": {}}}
    web_acl = compiled(reference, sources=Sources(rule_groups={"arn": group}))
    assert web_acl.evaluate(request("/a"), 0).labels == {f"{of_group}odd"}


def test_a_group_that_does_not_exist_is_named_and_blocks_nobody():
    reference: Json = rule("group", {"RuleGroupReferenceStatement": {"ARN": "arn:gone"}})
    web_acl = compiled({**reference, "OverrideAction": {"None": {}}})
    assert web_acl.unenforced == {"group": "the missing arn:gone"}
    assert web_acl.evaluate(request("/a"), 0).is_allowed
