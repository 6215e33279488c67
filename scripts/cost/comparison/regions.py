"""Ranking of the regions by their cheapest fleet, as far as their prices are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.cost.bill.fleet import complete_bill
from scripts.cost.comparison.instance_types import compare_instance_types

if TYPE_CHECKING:
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.comparison.instance_types import InstanceTypeCost
    from scripts.cost.comparison.scenario import Scenario
    from scripts.cost.prices.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class RegionCost:
    """Cheapest fleet of a region."""

    region: str
    best: InstanceTypeCost
    bill: Bill
    """Its whole bill."""
    rank: int | None
    """Place among the regions whose prices are known, from 1 on; None: not ranked."""

    @property
    def borrowed_items(self) -> tuple[str, ...]:
        """Items that are priced with another region's price; empty: the region can be ranked."""
        return self.bill.borrowed_items


def compare_regions(scenario: Scenario, snapshot: Snapshot) -> list[RegionCost]:
    """Compare the cheapest fleets of all regions.

    Returns:
        The regions with known prices from the cheapest on, and then the others, which are not ranked.
    """
    found: list[RegionCost] = []
    for name, prices in snapshot.regions.items():
        there = replace(scenario, prices=prices, families=())
        best = compare_instance_types(there)[0]
        whole = complete_bill(best.running, there.demand, prices, there.assumptions)
        found.append(RegionCost(region=name, best=best, bill=whole, rank=None))
    ranked = [it for it in found if not it.borrowed_items and not it.best.running.overloaded]
    others = [it for it in found if it not in ranked]
    by_cost = enumerate(sorted(ranked, key=lambda it: it.best.usd), start=1)
    return [
        *(replace(it, rank=rank) for rank, it in by_cost),
        *sorted(others, key=lambda it: it.region),
    ]
