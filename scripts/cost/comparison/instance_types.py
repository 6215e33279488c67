"""Which instance type: every one that is offered, sized for the same demand, the cheapest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from infra.reference_data.instance_types import instance_types
from scripts.cost.bill.bill_lines import MILLION
from scripts.cost.bill.fleet import instances
from scripts.cost.bill.load_balancer import balancer_lines
from scripts.cost.bill.shared_services import surrounding_lines
from scripts.cost.prices.nearest import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet import Instances
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One instance type for the demand."""

    running: Instances
    usd: Decimal
    """The whole month's bill."""
    usd_per_million: Decimal | None


def compare(
    shape: FleetShape,
    demand: Demand,
    capacity: Capacity,
    prices: RegionPrices,
    assumptions: Assumptions,
    *,
    least_memory_gib: float = 0.0,
    families: Sequence[str] = (),
) -> list[Candidate]:
    """Size `shape` with every instance type that is offered in the region, and order them by cost.

    Types whose fleet would be overloaded come last.

    Raises:
        UnknownNameError: one of the `families` has no types here.
    """
    offered = {name.split(".")[0] for name in prices.instances}
    for family in families:
        if family not in offered:
            raise UnknownNameError("family", family, offered, where=f"in {prices.name}")
    known = instance_types()
    others = [
        *balancer_lines(shape, demand, prices, assumptions),
        *surrounding_lines(shape.around, demand, prices, assumptions),
    ]
    around = sum((it.usd for it in others), Decimal(0))
    requests = demand.requests_per_month
    candidates: list[Candidate] = []
    for name in prices.instances:
        if known[name].memory_gib < least_memory_gib or (families and name.split(".")[0] not in families):
            continue
        running = instances(replace(shape, instance_type=name), demand, capacity, prices, assumptions)
        usd = running.usd + around
        per_million = usd * MILLION / requests if requests else None
        candidates.append(Candidate(running=running, usd=usd, usd_per_million=per_million))
    return sorted(candidates, key=lambda it: (it.running.overloaded, it.usd, it.running.shape.instance_type))
