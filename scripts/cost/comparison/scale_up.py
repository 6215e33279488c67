"""One big machine, sized for the peak and paid around the clock, against a fleet that follows the demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.cost.capacity.vcpu_throughput import of_instance
from scripts.cost.demand.calendar import HOURS_PER_MONTH
from scripts.cost.rates.cpu_credits import is_burstable

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.bill.fleet import Instances
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices


@dataclass(frozen=True, kw_only=True)
class OneMachine:
    """The cheapest single instance that carries the peak."""

    instance_type: str
    copies: int
    """One, unless the peak is more than the largest machine carries."""
    throughput: float
    """Requests per second at the target utilisation, of all copies."""
    usd: Decimal
    """A month of them, around the clock."""
    mean_utilisation: float
    """Share of what is paid for that is used, over the week."""


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Both ways, for the same demand at the same target utilisation; instances alone."""

    demand: Demand
    one: OneMachine
    fleet: Instances

    @property
    def fleet_throughput(self) -> tuple[float, ...]:
        """Requests per second that the fleet carries at the target utilisation, by hour."""
        each = self.fleet.throughput * self.fleet.shape.policy.target_utilisation
        return tuple(int(count) * each for count in self.fleet.sizing.counts)


def contrast(demand: Demand, capacity: Capacity, prices: RegionPrices, fleet: Instances) -> Contrast:
    """Find the machine to hold against the fleet: for the peak, with no second one for its failure."""
    target = fleet.shape.policy.target_utilisation
    found: list[OneMachine] = []
    for name, offered in prices.instances.items():
        throughput = of_instance(capacity, name)
        copies = max(1, -int(-demand.peak // (throughput * target)))
        found.append(
            OneMachine(
                instance_type=name,
                copies=copies,
                throughput=copies * throughput * target,
                usd=offered.on_demand.usd * copies * HOURS_PER_MONTH,
                mean_utilisation=demand.mean / (copies * throughput),
            )
        )
    # A burstable machine cannot do for ever what it does at its peak.
    steady = [it for it in found if not is_burstable(it.instance_type)]
    fewest = min(it.copies for it in steady)
    return Contrast(
        demand=demand,
        one=min((it for it in steady if it.copies == fewest), key=lambda it: it.usd),
        fleet=fleet,
    )
