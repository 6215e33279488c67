"""Scaling up compared with scaling out: one big machine for the peak, or a fleet that follows the demand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.cost.bill.fleet import size_instances
from scripts.cost.bill.network import request_bandwidth
from scripts.cost.capacity.vcpu_throughput import instance_throughput

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet import FleetInstances
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices


@dataclass(frozen=True, kw_only=True)
class SingleMachine:
    """Cheapest single instance that serves the peak, with its disk and its CPU credits."""

    running: FleetInstances
    throughput: float
    """Requests per second at the target utilisation and within the baseline bandwidth, of all copies."""

    @property
    def instance_type(self) -> str:
        """Name of its type."""
        return self.running.shape.instance_type

    @property
    def copies(self) -> int:
        """Number of instances: one, unless the peak exceeds the largest machine."""
        return int(self.running.sizing.counts.max())

    @property
    def usd(self) -> Decimal:
        """USD per month, around the clock."""
        return self.running.usd

    @property
    def mean_utilisation(self) -> float:
        """Share of the paid capacity that is used over the week."""
        return self.running.mean_utilisation


@dataclass(frozen=True, kw_only=True)
class ScaleUpComparison:
    """Both options for the same demand, target utilisation and purchase options; instances only."""

    demand: Demand
    one: SingleMachine
    fleet: FleetInstances

    @property
    def fleet_throughput(self) -> tuple[float, ...]:
        """Requests per second that the fleet serves at the target utilisation, by hour."""
        each = _each(self.fleet, self.demand)
        return tuple(int(count) * each for count in self.fleet.sizing.counts)


def compare_scale_up(
    demand: Demand,
    capacity: Capacity,
    prices: RegionPrices,
    assumptions: Assumptions,
    fleet: FleetInstances,
    types: Iterable[str],
) -> ScaleUpComparison:
    """Find the cheapest machine that serves the peak, without a second one for its failure.

    Both sides pay for disks and CPU credits, and are bought in the same way. Several copies are compared
    only if the peak exceeds every machine.
    """
    found = [
        machine
        for name in types
        for machine in _single_machines(fleet.shape, name, demand, capacity, prices, assumptions)
    ]
    fewest = min(it.copies for it in found)
    return ScaleUpComparison(
        demand=demand,
        one=min((it for it in found if it.copies == fewest), key=lambda it: it.usd),
        fleet=fleet,
    )


def _single_machines(
    shape: FleetShape,
    name: str,
    demand: Demand,
    capacity: Capacity,
    prices: RegionPrices,
    assumptions: Assumptions,
) -> list[SingleMachine]:
    """Return the machines of a type that serve the peak: an empty list if their CPU credits don't last."""
    bandwidth = request_bandwidth(name, demand).baseline
    throughput = instance_throughput(capacity.with_payload(demand.request_bytes, demand.response_bytes), name)
    each = min(throughput * shape.policy.target_utilisation, bandwidth)
    copies = max(1, -int(-demand.peak // each))
    policy = replace(shape.policy, minimum=copies, maximum=copies, survives_zone_loss=False)
    machine = replace(shape, instance_type=name, alternatives=(), policy=policy, warm_pool=None)
    running = size_instances(machine, demand, capacity, prices, assumptions)
    slowed = "CPU credits" in running.shortfalls
    return [] if slowed else [SingleMachine(running=running, throughput=copies * each)]


def _each(fleet: FleetInstances, demand: Demand) -> float:
    """Return the requests per second that one instance serves at its target utilisation and its bandwidth."""
    target = fleet.throughput * fleet.shape.policy.target_utilisation
    return min(target, request_bandwidth(fleet.shape.instance_type, demand).baseline)
