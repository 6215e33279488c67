"""What a fleet behind a load balancer costs in a month.

More traffic never costs less, with one exception that is AWS's own: CPU credits. A burstable instance that
is ended pays what it owes and loses what it saved, and one that has saved a day's worth saves no more. So
where more traffic keeps a fleet from shrinking, or makes it grow, the charges for credits may fall: by what
was lost before, and by what the added instances earn, which for t3a up to `small`, and for most types under a
commitment, is worth more than they cost. The other lines never fall, nor does the whole while the number of
instances stays the same, nor in standard mode, in which credits are not charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from infra.reference_data.instance_types import instance_types
from scripts.cost.bill.bill_lines import Bill, Line, bill, line
from scripts.cost.bill.load_balancer import balancer_lines
from scripts.cost.bill.purchase_options import buy, mixed
from scripts.cost.bill.shared_services import surrounding_lines
from scripts.cost.bill.sizing import Sizing, layers, size, surplus_credits
from scripts.cost.capacity.vcpu_throughput import basis_of_instance, of_instance
from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK
from scripts.cost.rates import cpu_credits, data_transfer

if TYPE_CHECKING:
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.bill_lines import Part
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices

WEEKS_PER_MONTH: Final = Decimal(HOURS_PER_MONTH) / HOURS_PER_WEEK


@dataclass(frozen=True, kw_only=True)
class Instances:
    """A month of a fleet's instances."""

    shape: FleetShape
    throughput: float
    """Requests per second of one, fully used."""
    sizing: Sizing
    lines: tuple[Line, ...]
    megabits: float
    """A second, into one instance or out of it, whichever is more, in its busiest hour.

    Instances are sized by their processors. What the network of a small type carries for long is less than
    what it carries at times (Amazon EC2 user guide, "Amazon EC2 instance network bandwidth").
    """
    surplus_vcpu_hours: float
    """A month, beyond what burstable instances earned: charged, or in standard mode not done."""

    @property
    def usd(self) -> Decimal:
        """All of it."""
        return sum((it.usd for it in self.lines), Decimal(0))

    @property
    def mean_utilisation(self) -> float:
        """Share of what is paid for that is used."""
        counts = self.sizing.counts
        return float((self.sizing.utilisation * counts).sum() / counts.sum())

    @property
    def blast_radius(self) -> float:
        """Share of the fleet that one instance's failure takes in the busiest hour."""
        busiest = (self.sizing.utilisation * self.sizing.counts).argmax()
        return 1 / float(self.sizing.counts[busiest])

    @property
    def overloaded(self) -> bool:
        """Whether the demand is more than the most instances, or their credits, can do in some hour."""
        slowed = bool(self.surplus_vcpu_hours) and not self.shape.unlimited_credits
        return bool((self.sizing.utilisation > 1).any()) or slowed


def instances(
    shape: FleetShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Instances:
    """Size and price the instances alone.

    Raises:
        UnknownNameError: the type has no price here, or no benchmark score.
    """
    types = shape.types
    offered = mixed([prices.instance(name) for name in types])
    throughput = of_instance(capacity, shape.instance_type)
    sizing = size(np.array(demand.rates), throughput, shape.policy)
    bought = buy(offered, shape.purchase, layers(sizing), boot_seconds=assumptions.boot_seconds)
    disk = prices.tariff("ebs.gb_month")
    gb_months = bought.instance_hours * assumptions.disk_gb / HOURS_PER_MONTH
    surplus, credit_usd, credit_line = 0.0, Decimal(0), ()
    known = basis_of_instance(capacity)
    if cpu_credits.is_burstable(shape.instance_type):
        surplus, credit_usd = _surplus(shape, sizing, prices)
        tariff = prices.tariff(cpu_credits.FAMILIES[shape.instance_type.split(".")[0]])
        hours = Decimal(repr(surplus)) if shape.unlimited_credits else Decimal(0)
        credit_line = (line("CPU credits", "marginal", credit_usd, hours, tariff.provenance, known=known),)
    hours_by_part = _hours_by_part(sizing)
    lines = [
        line(
            "instances",
            part,
            bought.usd * share,
            bought.instance_hours * share,
            *bought.provenances,
            known="listed" if part == "fixed" else known,
        )
        for part, share in hours_by_part.items()
    ]
    lines += [
        line("disks", part, disk.cost(gb_months) * share, gb_months * share, disk.provenance)
        for part, share in hours_by_part.items()
    ]
    lines += _warm_lines(shape, sizing, prices, assumptions)
    lines += _outward_lines(shape, bought.instance_hours, prices, assumptions)
    return Instances(
        shape=shape,
        throughput=throughput,
        sizing=sizing,
        lines=(*lines, *credit_line),
        megabits=float(sizing.utilisation.max())
        * throughput
        * max(demand.request_bytes, demand.response_bytes)
        * 8
        / 1_000_000,
        surplus_vcpu_hours=surplus,
    )


def fleet_bill(
    shape: FleetShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Bill a month of the whole fleet."""
    return bill_around(instances(shape, demand, capacity, prices, assumptions), demand, prices, assumptions)


def bill_around(running: Instances, demand: Demand, prices: RegionPrices, assumptions: Assumptions) -> Bill:
    """Complete the bill of instances that are priced already."""
    shape = running.shape
    lines = [
        *running.lines,
        *balancer_lines(shape, demand, prices, assumptions),
        *surrounding_lines(shape.around, demand, prices, assumptions),
    ]
    return bill(lines, demand.requests_per_month)


def _warm_lines(
    shape: FleetShape, sizing: Sizing, prices: RegionPrices, assumptions: Assumptions
) -> list[Line]:
    """Bill the instances that wait: https://docs.aws.amazon.com/autoscaling/ec2/userguide/, "Warm pools"."""
    if shape.warm_pool is None:
        return []
    waiting = Decimal(repr(shape.warm_pool.waiting(sizing.counts)))
    disk, hour = prices.tariff("ebs.gb_month"), prices.instance(shape.instance_type).on_demand
    usd = disk.cost(waiting * assumptions.disk_gb)
    if shape.warm_pool.running:
        usd += waiting * hour.usd * HOURS_PER_MONTH
    return [line("warm pool", "fixed", usd, waiting, disk.provenance, hour.provenance, known="scaled")]


def _outward_lines(
    shape: FleetShape, instance_hours: Decimal, prices: RegionPrices, assumptions: Assumptions
) -> list[Line]:
    """Bill what instances exchange with AWS's own services; an endpoint is the way where there is one."""
    around = shape.around
    gb = instance_hours / HOURS_PER_MONTH * Decimal(repr(assumptions.outward_gb))
    if around.interface_endpoints:
        tariff = prices.tariff("endpoint.gb")
        usd, provenances = tariff.cost(gb), (tariff.provenance,)
        return [line("data through endpoints", "marginal", usd, gb, *provenances, known="assumed")]
    if around.nat_gateways:
        usd = data_transfer.through_nat(prices, gb, gateways=around.nat_gateways, zones=around.zones)
        provenances = tuple(prices.tariff(it).provenance for it in ("nat.gb", "transfer.cross_zone_gb"))
        return [line("data through NAT", "marginal", usd, gb, *provenances, known="assumed")]
    return []


def _surplus(shape: FleetShape, sizing: Sizing, prices: RegionPrices) -> tuple[float, Decimal]:
    family = shape.instance_type.split(".")[0]
    credits_a_week = surplus_credits(
        sizing,
        cpu_credits.credits_per_hour(shape.instance_type),
        instance_types()[shape.instance_type].vcpus,
        unlimited=shape.unlimited_credits,
    )
    vcpu_hours = credits_a_week / cpu_credits.CREDITS_PER_VCPU_HOUR * float(WEEKS_PER_MONTH)
    usd = prices.tariff(cpu_credits.FAMILIES[family]).cost(Decimal(repr(vcpu_hours)))
    return vcpu_hours, usd if shape.unlimited_credits else Decimal(0)


def _hours_by_part(sizing: Sizing) -> dict[Part, Decimal]:
    """Share of the instance-hours that is there without traffic, comes with it, or is there for failures."""
    whole = int(sizing.counts.sum())
    bare = int(sizing.bare.sum())
    return {
        "fixed": Decimal(HOURS_PER_WEEK) / whole,
        "marginal": Decimal(bare - HOURS_PER_WEEK) / whole,
        "redundancy": Decimal(whole - bare) / whole,
    }
