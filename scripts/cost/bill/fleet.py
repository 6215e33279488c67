"""Monthly bill of a fleet behind a load balancer.

More traffic never costs less, except for AWS's CPU credits. A terminated burstable instance is charged for
its surplus credits and loses its accrued ones, and an instance accrues at most the credits of a day.
Therefore, if more traffic prevents a fleet from shrinking, or makes it grow, the charges for credits may
fall: by the credits that were lost before, and by the credits that the added instances earn, which are worth
more than the instances cost for t3a up to `small` and for most types under a commitment. The other lines
never fall. The total does not fall while the number of instances stays the same, nor in standard mode, where
credits are not charged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.reference_data import cpu_credits
from infra.reference_data.instance_types import instance_types
from scripts.cost.bill.bill_lines import Bill, BillLine, bill, bill_line
from scripts.cost.bill.caching import cached
from scripts.cost.bill.load_balancer import load_balancer_lines
from scripts.cost.bill.network import megabits_per_second, request_bandwidth
from scripts.cost.bill.purchase_options import mixed_prices, purchase_cost
from scripts.cost.bill.shared_services import shared_service_lines
from scripts.cost.bill.sizing import ROUNDING, Sizing, layers, size_week, surplus_credits
from scripts.cost.capacity.vcpu_throughput import instance_throughput, instance_throughput_basis
from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK
from scripts.cost.rates import credit_balance, data_transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.bill_lines import CostComponent
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.bill.sizing import SizingPolicy
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices

WEEKS_PER_MONTH: Final = Decimal(HOURS_PER_MONTH) / HOURS_PER_WEEK


METRICS_PER_INSTANCE: Final = 7
"""Metrics of an instance with detailed monitoring that are charged: CPU, disk operations and bytes, network
bytes (Amazon CloudWatch pricing, "EC2 Detailed Monitoring")."""

FREE_METRICS: Final = 10
"""Always-free metrics, custom ones and those of detailed monitoring, per month and account (Amazon CloudWatch
pricing)."""


MAXIMUM_TARGETS: Final = 1_000
"""Default quota of targets of an Application Load Balancer, which can be raised (Elastic Load Balancing user
guide, "Quotas for your Application Load Balancers")."""

Shortfall: TypeAlias = Literal["too few instances", "network bandwidth", "CPU credits", "too many targets"]
"""Reason why a fleet can't carry its load."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FleetInstances:
    """Instances of a fleet during a month, with their cost."""

    shape: FleetShape
    throughput: float
    """Requests per second of one fully used instance."""
    sizing: Sizing
    lines: tuple[BillLine, ...]
    upfront_usd: Decimal
    """USD that are due at the start of a commitment."""
    committed: int
    """Number of reserved instances."""
    megabits: float
    """Mbit/s of one instance in its busiest hour, in the direction with more traffic, packet headers
    included."""
    surplus_vcpu_hours: float
    """vCPU-hours per month beyond the earned credits: charged, or in standard mode work that is not done."""

    @property
    def usd(self) -> Decimal:
        """Total USD."""
        return sum((it.usd for it in self.lines), Decimal(0))

    @property
    def instance_range(self) -> str:
        """Smallest and largest number of instances, like `2-15`, or `2` if it never changes."""
        counts = self.sizing.counts
        return f"{counts.min()}-{counts.max()}" if counts.min() < counts.max() else str(counts.min())

    @property
    def mean_utilisation(self) -> float:
        """Share of the paid capacity that is used."""
        counts = self.sizing.counts
        return float((self.sizing.utilisation * counts).sum() / counts.sum())

    @property
    def blast_radius(self) -> float:
        """Share of the fleet that fails with one instance in the busiest hour."""
        busiest = (self.sizing.utilisation * self.sizing.counts).argmax()
        return 1 / float(self.sizing.counts[busiest])

    @property
    def baseline_megabits(self) -> float:
        """Baseline bandwidth of an instance in each direction, in Mbit/s."""
        return instance_types()[self.shape.instance_type].network_baseline_gbps * 1_000

    @property
    def shortfalls(self) -> tuple[Shortfall, ...]:
        """Reasons why the fleet can't carry its load in every hour; empty: it can."""
        found: dict[Shortfall, bool] = {
            "too few instances": bool((self.sizing.utilisation > 1).any()),
            "network bandwidth": self.megabits > self.baseline_megabits * (1 + ROUNDING),
            "CPU credits": bool(self.surplus_vcpu_hours) and not self.shape.unlimited_credits,
            "too many targets": int(self.sizing.counts.max()) > MAXIMUM_TARGETS,
        }
        return tuple(reason for reason, is_short in found.items() if is_short)

    @property
    def overloaded(self) -> bool:
        """True if in some hour the fleet can't carry its load."""
        return bool(self.shortfalls)


@cached
def size_instances(
    shape: FleetShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> FleetInstances:
    """Size a fleet and price its instances, without load balancer and shared services.

    Raises:
        UnknownNameError: the type has no price in the region, or no benchmark score.
    """
    types = shape.types
    offered = mixed_prices([prices.instance(name) for name in types])
    throughput = instance_throughput(
        capacity.with_payload(demand.request_bytes, demand.response_bytes), shape.instance_type
    )
    bandwidth = request_bandwidth(shape.instance_type, demand)
    sizing = size_week(demand.rates, throughput, _credit_policy(shape), bandwidth)
    cost = purchase_cost(offered, shape.purchase, layers(sizing), boot_seconds=assumptions.boot_seconds)
    disk = prices.tariff("ebs.gb_month")
    gb_months = cost.instance_hours * assumptions.disk_gb / HOURS_PER_MONTH
    surplus, credit_usd, credit_line = 0.0, Decimal(0), ()
    quantity_basis = instance_throughput_basis(capacity)
    if cpu_credits.is_burstable(shape.instance_type):
        surplus, credit_usd = _surplus_credits(shape, sizing, prices)
        tariff = prices.tariff(credit_balance.FAMILIES[shape.instance_type.split(".")[0]])
        hours = Decimal(repr(surplus)) if shape.unlimited_credits else Decimal(0)
        credit_line = (
            bill_line(
                "CPU credits", "marginal", credit_usd, hours, tariff.provenance, quantity_basis=quantity_basis
            ),
        )
    shares = _component_shares(sizing)
    lines = [
        bill_line(
            "instances",
            component,
            cost.usd * share,
            cost.instance_hours * share,
            *cost.provenances,
            quantity_basis="listed" if component == "fixed" else quantity_basis,
        )
        for component, share in shares.items()
    ]
    lines += [
        bill_line("disks", component, disk.cost(gb_months) * share, gb_months * share, disk.provenance)
        for component, share in shares.items()
    ]
    if shape.detailed_monitoring:
        metric, metrics = (
            prices.tariff("metric.month"),
            cost.instance_hours / HOURS_PER_MONTH * METRICS_PER_INSTANCE,
        )
        usd = metric.cost(max(Decimal(0), metrics - FREE_METRICS * assumptions.free_tier))
        lines += [
            bill_line("detailed monitoring", component, usd * share, metrics * share, metric.provenance)
            for component, share in shares.items()
        ]
    lines += _warm_pool_lines(shape, sizing, prices, assumptions)
    lines += _aws_traffic_lines(shape, cost.instance_hours, prices, assumptions)
    return FleetInstances(
        shape=shape,
        throughput=throughput,
        sizing=sizing,
        lines=(*lines, *credit_line),
        upfront_usd=cost.upfront_usd,
        committed=cost.committed
        if prices.instance(shape.instance_type).committed(shape.purchase.commitment)
        else 0,
        megabits=megabits_per_second(demand, float(sizing.utilisation.max()) * throughput),
        surplus_vcpu_hours=surplus,
    )


def fleet_bill(
    shape: FleetShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Compute the bill of a whole fleet."""
    return complete_bill(
        size_instances(shape, demand, capacity, prices, assumptions), demand, prices, assumptions
    )


@cached
def complete_bill(
    running: FleetInstances, demand: Demand, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Complete the bill of instances that are already priced."""
    shape = running.shape
    lines = [
        *running.lines,
        *load_balancer_lines(shape, demand, prices, assumptions),
        *shared_service_lines(shape.shared, demand, prices, assumptions),
    ]
    return bill(
        lines, demand.requests_per_month, upfront_usd=running.upfront_usd, committed=running.committed
    )


def _warm_pool_lines(
    shape: FleetShape, sizing: Sizing, prices: RegionPrices, assumptions: Assumptions
) -> list[BillLine]:
    """Compute the lines of the warm pool (Amazon EC2 Auto Scaling user guide, "Warm pools")."""
    if shape.warm_pool is None:
        return []
    mean_waiting = Decimal(repr(shape.warm_pool.mean_waiting(sizing.counts)))
    disk, hour = prices.tariff("ebs.gb_month"), prices.instance(shape.instance_type).on_demand
    usd = disk.cost(mean_waiting * assumptions.disk_gb)
    if shape.warm_pool.running:
        usd += mean_waiting * hour.usd * HOURS_PER_MONTH
    return [
        bill_line(
            "warm pool", "fixed", usd, mean_waiting, disk.provenance, hour.provenance, quantity_basis="scaled"
        )
    ]


def _aws_traffic_lines(
    shape: FleetShape, instance_hours: Decimal, prices: RegionPrices, assumptions: Assumptions
) -> list[BillLine]:
    """Compute the lines of traffic to AWS services, through endpoints or else through NAT gateways."""
    shared = shape.shared
    gb = instance_hours / HOURS_PER_MONTH * Decimal(repr(assumptions.aws_traffic_gb))
    if shared.interface_endpoints:
        tariff = prices.tariff("endpoint.gb")
        usd, provenances = tariff.cost(gb), (tariff.provenance,)
        return [
            bill_line("data through endpoints", "marginal", usd, gb, *provenances, quantity_basis="assumed")
        ]
    if shared.nat_gateways:
        usd = data_transfer.nat_cost(prices, gb, gateways=shared.nat_gateways, zones=shared.zones)
        provenances = tuple(prices.tariff(it).provenance for it in ("nat.gb", "transfer.cross_zone_gb"))
        return [bill_line("data through NAT", "marginal", usd, gb, *provenances, quantity_basis="assumed")]
    return []


def _credit_policy(shape: FleetShape) -> SizingPolicy:
    """Return the rules of the fleet's size, which depend on the mode of its CPU credits.

    In standard mode, burstable instances are sized by their baseline: they keep it up once their credits are
    spent, also after the loss of a zone. A group that follows its own targets only is not sized by it.
    """
    policy = shape.policy
    if shape.unlimited_credits or not policy.survives_zone_loss:
        return policy
    baseline = cpu_credits.baseline_percent(instance_types()[shape.instance_type]) / 100
    return replace(
        policy,
        target_utilisation=min(policy.target_utilisation, baseline),
        maximum_after_loss=min(policy.maximum_after_loss, baseline),
    )


def _surplus_credits(shape: FleetShape, sizing: Sizing, prices: RegionPrices) -> tuple[float, Decimal]:
    family = shape.instance_type.split(".")[0]
    credits_a_week = surplus_credits(
        sizing,
        cpu_credits.credits_per_hour(shape.instance_type),
        instance_types()[shape.instance_type].vcpus,
        unlimited=shape.unlimited_credits,
    )
    vcpu_hours = credits_a_week / cpu_credits.CREDITS_PER_VCPU_HOUR * float(WEEKS_PER_MONTH)
    usd = prices.tariff(credit_balance.FAMILIES[family]).cost(Decimal(repr(vcpu_hours)))
    return vcpu_hours, usd if shape.unlimited_credits else Decimal(0)


@cached
def _component_shares(sizing: Sizing) -> Mapping[CostComponent, Decimal]:
    """Return each cost component's share of the instance-hours."""
    whole = int(sizing.counts.sum())
    without_redundancy = int(sizing.without_redundancy.sum())
    return {
        "fixed": Decimal(HOURS_PER_WEEK) / whole,
        "marginal": Decimal(without_redundancy - HOURS_PER_WEEK) / whole,
        "redundancy": Decimal(whole - without_redundancy) / whole,
    }
