from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.comparison.regions import RegionCost, compare_regions
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output.conclusion import region_conclusion
from scripts.cost.prices.snapshot import project_snapshot

SNAPSHOT = project_snapshot()
SCENARIO = Scenario(
    demand=Demand(rates=weekly_demand.diurnal(2_000)),
    capacity=read_capacity(),
    prices=SNAPSHOT.region("us-east-1"),
    assumptions=Assumptions(),
    shape=FleetShape(instance_type="t4g.small"),
    function=FunctionShape(),
)


@cache
def found() -> list[RegionCost]:
    return compare_regions(SCENARIO, SNAPSHOT)


def test_only_regions_with_prices_of_their_own_are_ranked_by_their_cost():
    ranked = [it for it in found() if it.rank]
    assert [it.rank for it in ranked] == list(range(1, len(ranked) + 1))
    assert {it.region for it in ranked} == {"us-east-1", "mx-central-1", "sa-east-1"}
    costs = [it.best.usd for it in ranked]
    assert costs == sorted(costs)
    assert all(not it.borrowed_items for it in ranked)
    assert found()[: len(ranked)] == ranked


def test_the_conclusion_compares_the_first_region_with_the_last_one():
    ranked = [it for it in found() if it.rank]
    more = ranked[-1].best.usd / ranked[0].best.usd - 1
    assert str(region_conclusion(found())) == (
        f"Cheapest of 3 ranked regions: {ranked[0].region} with "
        f"{ranked[0].best.running.shape.instance_type}, for {ranked[0].best.usd:,.2f} USD per month; "
        f"{ranked[-1].region} costs {more:.1%} more."
    )
    assert str(region_conclusion([it for it in found() if not it.rank])).startswith("No region can be ranked")


def test_each_borrowed_price_of_a_region_is_named_the_most_expensive_first():
    borrowed = {it.region: it.borrowed_items for it in found() if not it.rank}
    assert set(borrowed) == set(SNAPSHOT.regions) - {"us-east-1", "mx-central-1", "sa-east-1"}
    assert all(borrowed.values())
    assert borrowed["eu-central-1"] == (
        "data to the internet",
        "load balancer capacity",
        "load balancer logs",
    )


def test_a_region_s_own_prices_are_used_where_they_are_known():
    prices = SNAPSHOT.region("eu-central-1")
    assert prices.tariff("alb.hour").usd == Decimal("0.027")
    assert not prices.tariff("alb.hour").provenance.borrowed_from
    assert prices.tariff("alb.lcu_hour").provenance.borrowed_from == "us-east-1"
    bill = fleet_bill(SCENARIO.shape, SCENARIO.demand, SCENARIO.capacity, prices, SCENARIO.assumptions)
    usd = {it.item: it.usd for it in bill.lines}
    assert usd["load balancer"] == Decimal("0.027") * 730


@pytest.mark.parametrize("item", ["waf.acl_month", "waf.request.1500", "ipv4.hour", "credits.t4g"])
def test_a_price_that_aws_has_for_all_regions_is_borrowed_in_none(item: str):
    reference = SNAPSHOT.region("us-east-1").tariff(item).usd
    for region in SNAPSHOT.regions.values():
        assert region.tariff(item).usd == reference
        assert not region.tariff(item).provenance.borrowed_from
