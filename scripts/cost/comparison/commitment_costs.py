"""Cost of each commitment: the cash that is due at once, each month, and over the term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.cost.bill.savings_plan import plan_tariff
from scripts.cost.demand.calendar import HOURS_PER_MONTH
from scripts.cost.prices.commitments import COMMITMENTS, NAMES, TERMS

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.bill.function import FunctionShape
    from scripts.cost.prices.commitments import Commitment
    from scripts.cost.prices.snapshot import RegionPrices


@dataclass(frozen=True, kw_only=True)
class CommitmentCost:
    """Whole bill under one commitment."""

    of: str
    """`fleet`, `function` or `stack`."""
    commitment: Commitment
    bill: Bill | None
    """None: the price under this commitment is unknown."""
    saved: Decimal | None
    """USD per month less than on demand."""

    @property
    def name(self) -> str:
        """Its name; a key of `translations`."""
        return NAMES[self.commitment]

    @property
    def monthly_usd(self) -> Decimal | None:
        """USD that are due in each month, after the payment at the start."""
        if self.bill is None:
            return None
        term = TERMS.get(self.commitment)
        return self.bill.usd - (self.bill.upfront_usd / term.months if term else 0)

    @property
    def term_usd(self) -> Decimal | None:
        """USD of the whole term; None without a term."""
        term = TERMS.get(self.commitment)
        return self.bill.usd * term.months if self.bill and term else None

    @property
    def hourly_usd(self) -> Decimal | None:
        """USD of an hour, the upfront payment included."""
        return self.bill.usd / HOURS_PER_MONTH if self.bill else None


def commitment_costs(
    of: str, bill_under: Callable[[Commitment], Bill], is_priced: Callable[[Commitment], bool]
) -> list[CommitmentCost]:
    """Return the bill under each commitment.

    Args:
        of: `fleet`, `function` or `stack`.
        bill_under: function that returns the bill under a commitment.
        is_priced: function that returns whether the price under a commitment is known.
    """
    on_demand = bill_under("none").usd
    found: list[CommitmentCost] = []
    for it in COMMITMENTS:
        bill = bill_under(it) if it == "none" or is_priced(it) else None
        saved = on_demand - bill.usd if bill else None
        found.append(CommitmentCost(of=of, commitment=it, bill=bill, saved=saved))
    return found


def missing_commitment(
    fleet: FleetShape | None, function: FunctionShape | None, prices: RegionPrices, commitment: Commitment
) -> list[str]:
    """Return what has no price under a commitment: instance types, or the function's duration."""
    if commitment == "none":
        return []
    types = fleet.types[:1] if fleet else ()
    found = [name for name in types if prices.instance(name).committed(commitment) is None]
    if function and not fleet and plan_tariff(prices, commitment, function.architecture) is None:
        found.append("function duration")
    return found
