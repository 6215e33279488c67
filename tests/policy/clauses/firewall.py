from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ELSEWHERE = "aws:ec2/vpc:Vpc"

GEO = {"geoMatchStatement": {"countryCodes": ["AQ"]}}
RATE = {"rateBasedStatement": {"limit": 100, "aggregateKeyType": "IP"}}


def managed(name: str) -> dict[str, Any]:
    return {"managedRuleGroupStatement": {"name": name, "vendorName": "AWS"}}


# 700, 700 and 100 units (AWS WAF developer guide, "AWS Managed Rules rule groups list"): as many as a
# request's price has in it (the same guide, "Web ACL capacity units").
AS_MANY_AS_THERE_ARE = (
    managed("AWSManagedRulesCommonRuleSet"),
    managed("AWSManagedRulesCommonRuleSet"),
    managed("AWSManagedRulesUnixRuleSet"),
)


def acl(*statements: dict[str, Any], kind: str = WEB_ACL) -> tuple[Resource, ...]:
    return (resource(kind, rules=[{"statement": statement} for statement in statements]),)


CASES = (
    Case("floods-limited", "a limit after another rule", acl(GEO, RATE)),
    *(
        Case("floods-limited", "no limit", given, ("it: one address may send as much as it likes",))
        for given in (acl(GEO), acl(), (resource(WEB_ACL),))
    ),
    Case("floods-limited", "what is no firewall", acl(GEO, kind=ELSEWHERE)),
    Case("firewall-units", "as many units as a price has in it", acl(*AS_MANY_AS_THERE_ARE)),
    Case(
        "firewall-units",
        "one unit more",
        acl(*AS_MANY_AS_THERE_ARE, GEO),
        ("it: its rules take 1,501 capacity units; above 1,500 each request costs extra",),
    ),
    Case("firewall-units", "what is no firewall", acl(*AS_MANY_AS_THERE_ARE, GEO, kind=ELSEWHERE)),
)
