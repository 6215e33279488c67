"""Compute Savings Plan for the duration of a function: an hourly amount, used or not.

Source of all rules: https://aws.amazon.com/savingsplans/compute-pricing/, "AWS Lambda". Requests are not
discounted, the rates of one and of three years are the same, and those for provisioned concurrency are not in
the snapshot: it stays on demand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK
from scripts.cost.prices.commitments import TERMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.reference_data.instance_types import Architecture
    from scripts.cost.prices.commitments import Commitment, Payment
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.prices.tariff import Provenance, Tariff

WEEKS_PER_MONTH: Final = Decimal(HOURS_PER_MONTH) / HOURS_PER_WEEK

ITEMS: Final[dict[Payment, str]] = {
    "All Upfront": "all_upfront",
    "Partial Upfront": "partial_upfront",
    "No Upfront": "no_upfront",
}
"""Payment -> its part in the name of an item of the snapshot."""

UPFRONT_SHARES: Final[dict[Payment, Decimal]] = {
    "All Upfront": Decimal(1),
    "Partial Upfront": Decimal("0.5"),
    "No Upfront": Decimal(0),
}
"""Payment -> share of the whole term that is due at its start. Of a partial payment, it is the least that AWS
accepts (Savings Plans API reference, "CreateSavingsPlan": 50 to 99 percent)."""


@dataclass(frozen=True, kw_only=True)
class PlanCost:
    """Monthly cost of a plan, and what it covers."""

    usd: Decimal = Decimal(0)
    committed_gb_seconds: Decimal = Decimal(0)
    """GB-seconds that are paid in a month, used or not."""
    covered_gb_seconds: Decimal = Decimal(0)
    """Those of them that are used."""
    upfront_usd: Decimal = Decimal(0)
    """USD that are due at the start of the term; `usd` has a month's share of them."""
    provenances: tuple[Provenance, ...] = ()


def plan_tariff(prices: RegionPrices, commitment: Commitment, architecture: Architecture) -> Tariff | None:
    """Return the price of a GB-second under a plan; None: unknown in the region, or no commitment."""
    if commitment == "none":
        return None
    item = f"lambda.plan_gb_second.{ITEMS[TERMS[commitment].payment]}.{architecture}"
    found = prices.services.get(item)
    # Another region's discount says nothing about this one's.
    return None if found is None or found.provenance.borrowed_from else found


def plan_cost(
    prices: RegionPrices,
    commitment: Commitment,
    architecture: Architecture,
    gb_seconds_by_hour: Sequence[Decimal],
    *,
    free_gb_seconds: int,
) -> PlanCost:
    """Compute the plan with the lowest cost for a week's GB-seconds on demand.

    A further GB-second per hour pays off if it is used in a share of the hours that is at least the plan's
    share of the price on demand. GB-seconds that are free count as spread over the month.
    """
    tariff = plan_tariff(prices, commitment, architecture)
    whole = sum(gb_seconds_by_hour, Decimal(0))
    free = Decimal(free_gb_seconds) / WEEKS_PER_MONTH
    if tariff is None or whole <= free:
        return PlanCost()
    billed = sorted((it * (whole - free) / whole for it in gb_seconds_by_hour), reverse=True)
    on_demand = prices.tariff(f"lambda.gb_second.{architecture}").usd
    needed = math.ceil(HOURS_PER_WEEK * tariff.usd / on_demand)
    each_hour = billed[needed - 1] if needed <= HOURS_PER_WEEK else Decimal(0)
    usd_per_hour = tariff.usd * each_hour
    term = TERMS[commitment]
    return PlanCost(
        usd=usd_per_hour * HOURS_PER_MONTH,
        committed_gb_seconds=each_hour * HOURS_PER_MONTH,
        covered_gb_seconds=sum((min(it, each_hour) for it in billed), Decimal(0)) * WEEKS_PER_MONTH,
        upfront_usd=usd_per_hour * term.hours * UPFRONT_SHARES[term.payment],
        provenances=(tariff.provenance,),
    )
