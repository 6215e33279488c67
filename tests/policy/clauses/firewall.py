from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
OTHER_TYPE = "aws:ec2/vpc:Vpc"

GEO = {"geoMatchStatement": {"countryCodes": ["AQ"]}}
RATE = {"rateBasedStatement": {"limit": 100, "aggregateKeyType": "IP"}}


def managed(name: str) -> dict[str, Any]:
    return {"managedRuleGroupStatement": {"name": name, "vendorName": "AWS"}}


# 700, 700 and 100 units (AWS WAF developer guide, "AWS Managed Rules rule groups list"): the 1,500 units
# that the base price includes (the same guide, "Web ACL capacity units").
ALL_INCLUDED_UNITS = (
    managed("AWSManagedRulesCommonRuleSet"),
    managed("AWSManagedRulesCommonRuleSet"),
    managed("AWSManagedRulesUnixRuleSet"),
)


def acl(*statements: dict[str, Any], kind: str = WEB_ACL) -> tuple[Resource, ...]:
    return (resource(kind, rules=[{"statement": statement} for statement in statements]),)


CASES = (
    Case("waf-rate-limit", "a limit after another rule", acl(GEO, RATE)),
    *(
        Case("waf-rate-limit", "no limit", given, ("it: it has no rate-based rule for all requests",))
        for given in (acl(GEO), acl(), (resource(WEB_ACL),))
    ),
    Case(
        "waf-rate-limit",
        "a limit for some requests only",
        acl({"rateBasedStatement": {"limit": 10, "scopeDownStatement": GEO}}),
        ("it: it has no rate-based rule for all requests",),
    ),
    Case("waf-rate-limit", "another resource type", acl(GEO, kind=OTHER_TYPE)),
    Case("waf-capacity-units", "all included units", acl(*ALL_INCLUDED_UNITS)),
    Case(
        "waf-capacity-units",
        "one unit above",
        acl(*ALL_INCLUDED_UNITS, GEO),
        ("it: its rules take 1,501 capacity units; above 1,500 each request costs extra",),
    ),
    Case("waf-capacity-units", "another resource type", acl(*ALL_INCLUDED_UNITS, GEO, kind=OTHER_TYPE)),
)
