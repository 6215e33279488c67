"""A firewall that does something about floods, at the price that it was reckoned with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.firewall.managed_rule_groups import MOST_UNITS, statement_units
from policy.rule import Resource, ResourceRule, block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"


def _floods(resource: Resource) -> Iterator[str]:
    if resource.type == WEB_ACL and not any(
        block(block(rule, "statement"), "rateBasedStatement") for rule in blocks(resource.properties, "rules")
    ):
        yield "one address may send as much as it likes"


def _dear(resource: Resource) -> Iterator[str]:
    if resource.type != WEB_ACL:
        return
    units = sum(statement_units(block(rule, "statement")) for rule in blocks(resource.properties, "rules"))
    if units > MOST_UNITS:
        yield f"its rules take {units:,} capacity units; above {MOST_UNITS:,} each request costs extra"


FIREWALL: Final = (
    ResourceRule(
        name="floods-limited",
        serves="REL05-BP02 Throttle requests",
        says="Every firewall limits what one address may send.",
        check=_floods,
    ),
    ResourceRule(
        name="firewall-units",
        serves="REL01-BP03 Accommodate fixed service quotas and constraints through architecture",
        says="No firewall needs more capacity units than a request's price has in it.",
        check=_dear,
    ),
)
