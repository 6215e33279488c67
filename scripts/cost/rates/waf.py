"""What a web ACL costs: itself, its rules, and each request that it looks at.

Source: https://aws.amazon.com/waf/pricing/. A managed rule group counts as one rule, and AWS's free groups
(core rules, known bad inputs, reputation lists) cost nothing beyond that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.prices.snapshot import RegionPrices

INCLUDED_UNITS: Final = 1_500
"""Capacity units (WCU) of a web ACL within the basic price of a request."""

UNITS_A_STEP: Final = 500
"""Every further so many, begun, make a request dearer."""

MOST_UNITS: Final = 5_000


def standing(prices: RegionPrices, *, rules: int) -> Decimal:
    """USD a month for one web ACL and its rules, whether or not anybody comes."""
    return prices.tariff("waf.acl_month").cost(1) + prices.tariff("waf.rule_month").cost(rules)


def request_item(capacity_units: int) -> str:
    """Name the price of a request to a web ACL of so many capacity units.

    Raises:
        ValueError: more units than a web ACL may have.
    """
    if capacity_units > MOST_UNITS:
        raise ValueError(f"a web ACL has at most {MOST_UNITS} capacity units, not {capacity_units}")
    steps = -(-max(0, capacity_units - INCLUDED_UNITS) // UNITS_A_STEP)
    return f"waf.request.{INCLUDED_UNITS + steps * UNITS_A_STEP}"


def inspected(prices: RegionPrices, requests: Decimal | int, *, capacity_units: int) -> Decimal:
    """USD for `requests`, those that are blocked as well."""
    return prices.tariff(request_item(capacity_units)).cost(requests)
