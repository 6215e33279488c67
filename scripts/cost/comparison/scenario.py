"""Scenario of a cost comparison: traffic, prices, and the fleet and the function that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.bill.function import FunctionShape
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.cloudwatch import MeasuredUsage
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Input of a comparison."""

    demand: Demand
    capacity: Capacity
    prices: RegionPrices
    assumptions: Assumptions
    shape: FleetShape
    """The fleet; its bill is that of this instance type, or, if it is empty, of the cheapest one that carries
    the load."""
    function: FunctionShape
    minimum_memory_gib: float = 1.0
    """Minimum memory of the instance types that are compared."""
    families: Sequence[str] = ()
    """Families of the instance types that are compared; empty: all."""
    measured: MeasuredUsage | None = None
    """Usage of the deployed stack whose traffic it is."""
