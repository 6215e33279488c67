"""Scaling up compared with scaling out: one big machine for the peak, or a fleet that follows the demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.reference_data.cpu_credits import is_burstable
from scripts.cost.capacity.vcpu_throughput import instance_throughput
from scripts.cost.demand.calendar import HOURS_PER_MONTH

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.bill.fleet import FleetInstances
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices


@dataclass(frozen=True, kw_only=True)
class SingleMachine:
    """Cheapest single instance that serves the peak."""

    instance_type: str
    copies: int
    """Number of instances: one, unless the peak exceeds the largest machine."""
    throughput: float
    """Requests per second at the target utilisation, of all copies."""
    usd: Decimal
    """USD per month, around the clock."""
    mean_utilisation: float
    """Share of the paid capacity that is used over the week."""


@dataclass(frozen=True, kw_only=True)
class ScaleUpComparison:
    """Both options for the same demand and target utilisation; instances only."""

    demand: Demand
    one: SingleMachine
    fleet: FleetInstances

    @property
    def fleet_throughput(self) -> tuple[float, ...]:
        """Requests per second that the fleet serves at the target utilisation, by hour."""
        each = self.fleet.throughput * self.fleet.shape.policy.target_utilisation
        return tuple(int(count) * each for count in self.fleet.sizing.counts)


def compare_scale_up(
    demand: Demand, capacity: Capacity, prices: RegionPrices, fleet: FleetInstances
) -> ScaleUpComparison:
    """Find the cheapest machine that serves the peak, without a second one for its failure."""
    target = fleet.shape.policy.target_utilisation
    found: list[SingleMachine] = []
    for name, offered in prices.instances.items():
        throughput = instance_throughput(capacity, name)
        copies = max(1, -int(-demand.peak // (throughput * target)))
        found.append(
            SingleMachine(
                instance_type=name,
                copies=copies,
                throughput=copies * throughput * target,
                usd=offered.on_demand.usd * copies * HOURS_PER_MONTH,
                mean_utilisation=demand.mean / (copies * throughput),
            )
        )
    # A burstable machine can't sustain its peak.
    steady = [it for it in found if not is_burstable(it.instance_type)]
    fewest = min(it.copies for it in steady)
    return ScaleUpComparison(
        demand=demand,
        one=min((it for it in steady if it.copies == fewest), key=lambda it: it.usd),
        fleet=fleet,
    )
