"""Parts of a fleet's bill: the shares of its components, its shortfalls, its monitoring and its warm pool."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from infra.reference_data.instance_types import instance_types
from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet import FleetInstances, fleet_bill, size_instances
from scripts.cost.bill.fleet_shape import FleetShape, WarmPool
from scripts.cost.bill.load_balancer import load_balancer_lines
from scripts.cost.bill.shared_services import SharedServices, shared_service_lines
from scripts.cost.bill.sizing import SizingPolicy
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot

PRICES = project_snapshot().region("us-east-1")
CAPACITY = read_capacity().at(5_000)
ASSUMPTIONS = Assumptions()
LARGE = FleetShape(instance_type="c7g.large")
MONTH = 730 * 3_600


def week(*rates: float) -> Demand:
    """Return a demand that repeats the rates, which divide the week."""
    return Demand(rates=rates * (168 // len(rates)))


def running(shape: FleetShape, demand: Demand, assumptions: Assumptions = ASSUMPTIONS) -> FleetInstances:
    return size_instances(shape, demand, CAPACITY, PRICES, assumptions)


EACH = running(LARGE, week(0)).throughput
"""Requests per second of a c7g.large whose processors are fully used."""


def test_redundancy_is_what_would_be_enough_without_failures_and_the_first_instance_is_fixed():
    # At a target of 60 %, 1.5 instances' work takes three; after the loss of one of two zones, at 85 %, four.
    found = running(LARGE, week(1.5 * EACH))
    assert set(found.sizing.counts.tolist()) == {4}
    lines = {it.component: it for it in found.lines if it.item == "instances"}
    shares = {name: line.quantity / (4 * 730) for name, line in lines.items()}
    assert {name: round(share, 9) for name, share in shares.items()} == {
        "fixed": Decimal("0.25"),
        "marginal": Decimal("0.5"),
        "redundancy": Decimal("0.25"),
    }
    hour = PRICES.instance("c7g.large").on_demand.usd
    assert {name: round(line.usd, 6) for name, line in lines.items()} == {
        "fixed": round(730 * hour, 6),
        "marginal": round(2 * 730 * hour, 6),
        "redundancy": round(730 * hour, 6),
    }
    disks = {it.component: round(it.quantity, 6) for it in found.lines if it.item == "disks"}
    assert disks == {"fixed": 8, "marginal": 16, "redundancy": 8}


def test_the_range_of_instances_and_their_use_are_those_of_the_week():
    found = running(LARGE, week(0, 1.5 * EACH))
    assert found.instance_range == "2-4"
    assert running(LARGE, week(0)).instance_range == "2"
    # Half of the hours have two idle instances, and the others four that do the work of 1.5.
    assert found.mean_utilisation == pytest.approx(1.5 / 6)
    assert found.blast_radius == 1 / 4
    assert running(LARGE, week(0.1 * EACH)).blast_radius == 1 / 2


OWN_TARGETS = SizingPolicy(survives_zone_loss=False, follows_bandwidth=False)


@pytest.mark.parametrize(
    ("policy", "rate", "shortfalls"),
    [
        (replace(OWN_TARGETS, maximum=2), 2 * EACH, ()),
        (replace(OWN_TARGETS, maximum=2), 2.001 * EACH, ("too few instances",)),
        # Default quota of targets of a load balancer: 1,000.
        (replace(OWN_TARGETS, minimum=1_000), 1, ()),
        (replace(OWN_TARGETS, minimum=1_001), 1, ("too many targets",)),
    ],
)
def test_a_fleet_falls_short_of_a_demand_above_its_maximum_and_of_the_quota_of_targets(
    policy: SizingPolicy, rate: float, shortfalls: tuple[str, ...]
):
    found = running(replace(LARGE, policy=policy), week(rate))
    assert found.shortfalls == shortfalls
    assert found.overloaded == bool(shortfalls)


def test_a_fleet_falls_short_of_its_baseline_bandwidth():
    shape = replace(LARGE, policy=replace(OWN_TARGETS, minimum=3, maximum=3))
    gbps = instance_types()["c7g.large"].network_baseline_gbps
    # 500 bytes, 150 of headers that the balancer adds, and two packets' headers.
    rate = 3 * gbps * 1e9 / (8 * 782)
    for factor, short in ((0.999, False), (1.001, True)):
        found = running(shape, week(rate * factor))
        assert ("network bandwidth" in found.shortfalls) is short
        assert found.megabits == pytest.approx(gbps * 1_000 * factor)
    assert running(shape, week(rate)).baseline_megabits == gbps * 1_000


# Ten metrics are free, and an instance with detailed monitoring has seven.
@pytest.mark.parametrize(
    ("instances", "free_tier", "paid"), [(1, False, 7), (1, True, 0), (2, True, 4), (2, False, 14)]
)
def test_detailed_monitoring_is_billed_by_the_metric(
    instances: int,
    free_tier: bool,  # noqa: FBT001 - a parameter of the test
    paid: int,
):
    shape = replace(LARGE, policy=replace(OWN_TARGETS, minimum=instances), detailed_monitoring=True)
    found = running(shape, week(0), replace(ASSUMPTIONS, free_tier=free_tier))
    usd = sum((it.usd for it in found.lines if it.item == "detailed monitoring"), Decimal(0))
    assert round(usd, 9) == paid * Decimal("0.30")


# Auto Scaling user guide, "Warm pools": the maximum counts running and waiting instances together.
@pytest.mark.parametrize(
    ("pool", "waiting"),
    [
        (WarmPool(maximum_prepared=6), (4 + 2 + 4 + 4) / 4),
        (WarmPool(maximum_prepared=3), (1 + 0 + 1 + 1) / 4),
        (WarmPool(maximum_prepared=0, minimum=2), 2),
        (WarmPool(maximum_prepared=6, minimum=3), (4 + 3 + 4 + 4) / 4),
    ],
)
def test_a_warm_pool_fills_up_to_its_maximum_and_never_falls_below_its_minimum(
    pool: WarmPool, waiting: float
):
    assert pool.mean_waiting(np.array([2, 4, 2, 2])) == waiting


def test_waiting_instances_cost_their_disks_and_if_they_run_their_hours():
    hour, disk = PRICES.instance("c7g.large").on_demand.usd, 8 * PRICES.tariff("ebs.gb_month").usd
    for is_running, usd in ((False, 3 * disk), (True, 3 * (disk + 730 * hour))):
        pool = WarmPool(maximum_prepared=5, running=is_running)
        found = running(replace(LARGE, warm_pool=pool), week(0))
        assert sum(it.usd for it in found.lines if it.item == "warm pool") == usd


# Two instances send a GB a month each to services of AWS: for 0.01 USD through an endpoint, or 0.045
# through a gateway, and half of it, from a zone without a gateway, for 0.01 in each direction.
@pytest.mark.parametrize(
    ("endpoints", "gateways", "item", "usd"),
    [
        (0, 0, None, "0"),
        (2, 0, "data through endpoints", "0.02"),
        (2, 1, "data through endpoints", "0.02"),
        (0, 2, "data through NAT", "0.09"),
        (0, 1, "data through NAT", "0.11"),
    ],
)
def test_traffic_to_services_takes_the_endpoints_or_else_the_gateways(
    endpoints: int, gateways: int, item: str | None, usd: str
):
    shared = SharedServices(interface_endpoints=endpoints, nat_gateways=gateways)
    lines = running(replace(LARGE, shared=shared), week(0)).lines
    found = {it.item: it.usd for it in lines if it.item.startswith("data through")}
    assert {name: round(it, 9) for name, it in found.items()} == ({item: Decimal(usd)} if item else {})


def test_the_whole_bill_is_that_of_the_instances_the_balancer_and_the_services():
    demand = week(10)
    whole = fleet_bill(LARGE, demand, CAPACITY, PRICES, ASSUMPTIONS)
    parts = [
        *running(LARGE, demand).lines,
        *load_balancer_lines(LARGE, demand, PRICES, ASSUMPTIONS),
        *shared_service_lines(LARGE.shared, demand, PRICES, ASSUMPTIONS),
    ]
    assert whole.usd == sum(it.usd for it in parts)
    assert whole.requests == 10 * MONTH
