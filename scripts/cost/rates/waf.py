"""Cost of a web ACL: the web ACL, its rules, and the requests that it inspects.

Source: https://aws.amazon.com/waf/pricing/. A managed rule group counts as one rule, and AWS's free groups
(core rules, known bad inputs, reputation lists) cost nothing beyond that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.prices.snapshot import RegionPrices

INCLUDED_UNITS: Final = 1_500
"""Capacity units (WCU) of a web ACL that the base price of a request includes."""

UNITS_A_STEP: Final = 500
"""Capacity units of a further step of the request price; an incomplete step counts as one."""

MAXIMUM_UNITS: Final = 5_000
"""Maximum capacity units of a web ACL."""


def monthly_fee(prices: RegionPrices, *, rules: int) -> Decimal:
    """Compute the USD per month for one web ACL and its rules, without requests."""
    return prices.tariff("waf.acl_month").cost(1) + prices.tariff("waf.rule_month").cost(rules)


def request_item(capacity_units: int) -> str:
    """Return the item of the price of a request, which depends on the web ACL's capacity units.

    Raises:
        ValueError: a web ACL can't have so many units.
    """
    if capacity_units > MAXIMUM_UNITS:
        raise ValueError(f"a web ACL has at most {MAXIMUM_UNITS} capacity units, not {capacity_units}")
    steps = -(-max(0, capacity_units - INCLUDED_UNITS) // UNITS_A_STEP)
    return f"waf.request.{INCLUDED_UNITS + steps * UNITS_A_STEP}"


def inspection_cost(prices: RegionPrices, requests: Decimal | int, *, capacity_units: int) -> Decimal:
    """Compute the USD for `requests`, blocked ones included."""
    return prices.tariff(request_item(capacity_units)).cost(requests)
