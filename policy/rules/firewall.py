"""AWS WAF web ACLs: rate limit, and capacity units within the base price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.firewall.managed_rule_groups import INCLUDED_UNITS, statement_units
from policy.rule import Resource, ResourceRule, block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"


def _no_rate_limit(resource: Resource) -> Iterator[str]:
    if resource.type != WEB_ACL:
        return
    limits = [
        block(block(rule, "statement"), "rateBasedStatement") for rule in blocks(resource.properties, "rules")
    ]
    if not any(limit and not block(limit, "scopeDownStatement") for limit in limits):
        yield "it has no rate-based rule for all requests"


def _too_many_capacity_units(resource: Resource) -> Iterator[str]:
    if resource.type != WEB_ACL:
        return
    units = sum(statement_units(block(rule, "statement")) for rule in blocks(resource.properties, "rules"))
    if units > INCLUDED_UNITS:
        yield f"its rules take {units:,} capacity units; above {INCLUDED_UNITS:,} each request costs extra"


FIREWALL_RULES: Final = (
    ResourceRule(
        name="waf-rate-limit",
        best_practice="REL05-BP02 Throttle requests",
        description="Web ACLs have a rate-based rule for all requests.",
        check=_no_rate_limit,
    ),
    ResourceRule(
        name="waf-capacity-units",
        best_practice="REL01-BP03 Accommodate fixed service quotas and constraints through architecture",
        description="Web ACLs use no more capacity units than the base price of a request includes.",
        check=_too_many_capacity_units,
    ),
)
