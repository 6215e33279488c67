from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.reference_data import cpu_credits
from infra.reference_data.instance_types import instance_types
from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.bill_lines import COMPONENTS, weakest_basis
from scripts.cost.bill.fleet import FleetInstances, fleet_bill, size_instances
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.bill.sizing import SizingPolicy
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.rates import credit_balance

CAPACITY = replace(read_capacity().at(5_000), basis="measured")
"""Capacity with a fixed throughput, independent of the project's own measurement."""
ASSUMPTIONS = Assumptions()
SNAPSHOT = project_snapshot()
REGION = SNAPSHOT.region("us-east-1")
QUIET = Demand(rates=weekly_demand.constant(0))
STEADY = sorted(name for name in REGION.instances if not cpu_credits.is_burstable(name))
BURSTABLE = sorted(set(REGION.instances) - set(STEADY))
WEEKS_PER_MONTH_AND_CREDITS = 730 / 168 / 60
"""Factor from a week's credits to a month's vCPU-hours."""
MEANS = st.floats(0.01, 1e6)
FACTORS = st.floats(1, 3)


def fleet_usd(shape: FleetShape, week: Demand, assumptions: Assumptions = ASSUMPTIONS) -> Decimal:
    return fleet_bill(shape, week, CAPACITY, REGION, assumptions).usd


def function_usd(shape: FunctionShape, week: Demand, assumptions: Assumptions = ASSUMPTIONS) -> Decimal:
    return function_bill(shape, week, CAPACITY, REGION, assumptions).usd


PURCHASES = st.sampled_from(
    [PurchaseOptions(), PurchaseOptions(commitment="1y"), PurchaseOptions(commitment="3y", spot_percent=50)]
)
DAYS = st.lists(st.floats(0, 1), min_size=24, max_size=24)
POLICIES = st.builds(SizingPolicy, target_utilisation=st.floats(0.05, 1), minimum=st.integers(1, 4))


@given(st.sampled_from(STEADY), MEANS, st.integers(1, 10_000), st.integers(1, 10_000))
def test_the_bandwidth_of_an_instance_is_its_share_of_the_direction_with_more_traffic(
    name: str, mean: float, sent: int, answered: int
):
    week = Demand(rates=weekly_demand.diurnal(mean), request_bytes=sent, response_bytes=answered)
    running = size_instances(FleetShape(instance_type=name), week, CAPACITY, REGION, ASSUMPTIONS)
    of_one = max(rate / count for rate, count in zip(week.rates, running.sizing.counts, strict=True))
    # A packet has 66 bytes of headers and 1,448 bytes of data; each message is acknowledged once.
    received, returned = (size + 66 * (math.ceil(size / 1_448) + 1) for size in (sent + 150, answered))
    assert running.megabits == pytest.approx(of_one * max(received, returned) * 8 / 1_000_000)


@settings(max_examples=60)
@given(st.sampled_from(STEADY), MEANS, FACTORS, PURCHASES)
def test_a_fleet_never_costs_less_when_traffic_grows(
    name: str, mean: float, growth: float, purchase: PurchaseOptions
):
    week = Demand(rates=weekly_demand.diurnal(mean))
    shape = FleetShape(instance_type=name, purchase=purchase)
    assert fleet_usd(shape, week) <= fleet_usd(shape, week.scaled(growth))


@settings(max_examples=60)
@given(
    st.sampled_from(BURSTABLE),
    st.lists(st.floats(0, 1), min_size=24, max_size=24),
    FACTORS,
    PURCHASES,
    POLICIES,
)
def test_a_burstable_fleet_s_lines_never_fall_but_for_its_credits(
    name: str, day: list[float], growth: float, purchase: PurchaseOptions, policy: SizingPolicy
):
    before, after = grown(FleetShape(instance_type=name, purchase=purchase, policy=policy), day, growth)
    assert without_credits(before) <= without_credits(after)
    standard = replace(before.shape, unlimited_credits=False)
    before, after = grown(standard, day, growth)
    assert before.usd <= after.usd, "credits that are not charged can't make more traffic cost less"


@settings(max_examples=60)
@given(st.sampled_from(BURSTABLE), DAYS, FACTORS, POLICIES)
def test_charges_for_credits_fall_by_at_most_the_lost_credits_and_those_of_added_instances(
    name: str, day: list[float], growth: float, policy: SizingPolicy
):
    before, after = grown(FleetShape(instance_type=name, policy=policy), day, growth)
    more_hours = int((after.sizing.counts - before.sizing.counts).sum())
    lost = lost_credits(before)
    assert lost >= -1e-6, "no credit comes from nowhere"
    earned = cpu_credits.credits_per_hour(name) * more_hours
    fall = (before.surplus_vcpu_hours - after.surplus_vcpu_hours) / WEEKS_PER_MONTH_AND_CREDITS
    assert fall <= lost + earned + 1e-6


@settings(max_examples=60)
@given(st.sampled_from(BURSTABLE), DAYS, FACTORS)
def test_a_burstable_fleet_of_the_same_size_never_costs_less_when_traffic_grows(
    name: str, day: list[float], growth: float
):
    shape = FleetShape(instance_type=name, policy=SizingPolicy(minimum=50, maximum=50))
    before, after = grown(shape, day, growth)
    assert before.usd <= after.usd


def test_credits_are_worth_more_than_their_instance_only_for_the_documented_types():
    more_valuable = {
        name
        for name in BURSTABLE
        if REGION.instance(name).on_demand.usd
        < REGION.tariff(credit_balance.FAMILIES[name.split(".")[0]]).usd
        * cpu_credits.credits_per_hour(name)
        / 60
    }
    assert more_valuable == {"t3a.nano", "t3a.micro", "t3a.small"}


def test_a_fleet_that_no_longer_shrinks_keeps_its_credits_and_may_cost_less():
    # Five busy days spend the credits that a quiet weekend accrues, except for an hour before and after it in
    # which two of four instances are terminated: they are charged for their surplus and lose their credits.
    shape = FleetShape(instance_type="t3.xlarge", policy=SizingPolicy(maximum_after_loss=1))
    carries = size_instances(shape, QUIET, CAPACITY, REGION, ASSUMPTIONS).throughput
    week = [1.95] * 118 + [0.99] + [1.03] * 48 + [0.99]
    before, after = (
        size_instances(
            shape, Demand(rates=tuple(it * carries * factor for it in week)), CAPACITY, REGION, ASSUMPTIONS
        )
        for factor in (1, 1.02)
    )
    assert set(before.sizing.counts.tolist()) == {2, 4}
    assert set(after.sizing.counts.tolist()) == {4}
    assert without_credits(before) < without_credits(after)
    assert after.usd < before.usd


def grown(shape: FleetShape, day: list[float], growth: float) -> tuple[FleetInstances, FleetInstances]:
    """Return a fleet on a day that takes up to 20 instances, before and after the traffic has grown."""
    carries = size_instances(shape, QUIET, CAPACITY, REGION, ASSUMPTIONS).throughput
    week = Demand(rates=tuple(rate * 20 * carries for rate in day) * 7)
    before, after = (
        size_instances(shape, each, CAPACITY, REGION, ASSUMPTIONS) for each in (week, week.scaled(growth))
    )
    return before, after


def without_credits(running: FleetInstances) -> Decimal:
    return sum((it.usd for it in running.lines if it.item != "CPU credits"), Decimal(0))


def lost_credits(running: FleetInstances) -> float:
    """Return the accrued credits of a week that were never spent: earned and charged ones minus used ones."""
    name, sizing = running.shape.instance_type, running.sizing
    vcpus = instance_types()[name].vcpus
    used = float((np.minimum(sizing.utilisation, 1) * sizing.counts).sum()) * vcpus * 60
    earned = cpu_credits.credits_per_hour(name) * int(sizing.counts.sum())
    return earned + running.surplus_vcpu_hours / WEEKS_PER_MONTH_AND_CREDITS - used


@settings(max_examples=60)
@given(st.integers(128, 10_240), st.sampled_from(["rest", "http"]), st.integers(0, 5), MEANS, FACTORS)
def test_a_function_never_costs_less_when_traffic_grows(
    memory: int, api: str, provisioned: int, mean: float, growth: float
):
    week = Demand(rates=weekly_demand.diurnal(mean))
    shape = FunctionShape(memory_mb=memory, api="rest" if api == "rest" else "http", provisioned=provisioned)
    assert function_usd(shape, week) <= function_usd(shape, week.scaled(growth)) * (1 + Decimal("1e-9"))


def test_the_default_stack_without_traffic_costs_the_sum_of_its_resources():
    bill = fleet_bill(FleetShape(instance_type="t4g.small"), QUIET, CAPACITY, REGION, ASSUMPTIONS)
    usd = {(it.item, it.component): it.usd for it in bill.lines}
    assert usd["instances", "fixed"] + usd["instances", "redundancy"] == Decimal("0.0168") * 2 * 730
    assert usd["load balancer", "fixed"] == Decimal("0.0225") * 730
    assert usd["public addresses", "fixed"] == Decimal("0.005") * 2 * 730
    assert usd["firewall", "fixed"] == 11
    assert usd["disks", "fixed"] + usd["disks", "redundancy"] == Decimal("0.08") * 16
    assert bill.usd == sum(bill.component_usd(component) for component in COMPONENTS)
    assert bill.component_usd("marginal") == 0
    assert bill.usd_per_million is None


def test_a_function_without_traffic_costs_only_its_firewall():
    bill = function_bill(FunctionShape(), QUIET, CAPACITY, REGION, ASSUMPTIONS)
    assert [(it.item, it.usd) for it in bill.lines] == [("firewall", Decimal(11))]


def test_every_shared_service_has_a_line():
    shared = SharedServices(
        web_acls=2,
        alarms=12,
        dashboards=4,
        hosted_zones=1,
        nat_gateways=1,
        firewall_units=1_600,
    )
    week = Demand(rates=weekly_demand.constant(1))
    bill = fleet_bill(
        FleetShape(instance_type="c7g.large", shared=shared), week, CAPACITY, REGION, ASSUMPTIONS
    )
    usd = {it.item: it.usd for it in bill.lines}
    assert usd["firewall"] == 22
    assert usd["alarms"] == Decimal("1.2")
    assert usd["dashboards"] == 12
    assert usd["hosted zones"] == Decimal("0.5")
    assert usd["NAT gateways"] == Decimal("32.85")
    # Half of the 2 GB come from the other zone and pay both ways.
    assert usd["data through NAT"] == Decimal("0.09") + Decimal("0.02")
    assert usd["inspected requests"] == Decimal("2.628") * Decimal("0.8")


def test_the_free_tiers_are_deducted_if_there_is_no_other_use():
    free = replace(ASSUMPTIONS, free_tier=True)
    week = Demand(rates=weekly_demand.constant(0.3))
    small = FunctionShape(memory_mb=128)
    assert function_usd(small, week) - function_usd(small, week, free) > Decimal("0.15")
    lines = function_bill(small, week, CAPACITY, REGION, free).lines
    # 0.6 GB of logs are below the 5 that are free.
    assert {it.item for it in lines} == {"firewall", "inspected requests", "API calls"}
    many = SharedServices(alarms=12, dashboards=4)
    bill = function_bill(FunctionShape(shared=many), QUIET, CAPACITY, REGION, free)
    assert {it.item: it.usd for it in bill.lines} == {
        "firewall": 11,
        "alarms": Decimal("0.2"),
        "dashboards": 3,
    }


def test_a_function_with_provisioned_concurrency_has_no_free_tier():
    week = Demand(rates=weekly_demand.constant(0.3))
    warm = FunctionShape(memory_mb=128, provisioned=1)
    paid, free = (
        {it.item: it.usd for it in function_bill(warm, week, CAPACITY, REGION, assumptions).lines}
        for assumptions in (ASSUMPTIONS, replace(ASSUMPTIONS, free_tier=True))
    )
    for item in ("function requests", "function duration", "provisioned concurrency"):
        assert free[item] == paid[item] > 0
    assert "logs" not in free, "the free tier of CloudWatch is another one"


def test_the_first_two_rotations_of_a_key_are_billed_like_a_key_each():
    shared = SharedServices(keys=3, rotated_keys=2)
    bill = fleet_bill(
        FleetShape(instance_type="c7g.large", shared=shared), QUIET, CAPACITY, REGION, ASSUMPTIONS
    )
    usd = {it.item: it.usd for it in bill.lines}
    assert (usd["keys"], usd["key rotation"]) == (3, 4)


def test_provisioned_concurrency_handles_requests_at_the_lower_price_first():
    week = Demand(rates=weekly_demand.constant(100))
    warm = function_bill(FunctionShape(provisioned=10), week, CAPACITY, REGION, ASSUMPTIONS)
    cold = function_bill(FunctionShape(), week, CAPACITY, REGION, ASSUMPTIONS)
    by_item = {it.item: it.usd for it in warm.lines}
    assert by_item["provisioned concurrency"] > 0
    assert by_item["function duration"] < {it.item: it.usd for it in cold.lines}["function duration"]


def test_snapstart_costs_a_snapshot_and_its_restores():
    bill = function_bill(FunctionShape(snap_start=True), QUIET, CAPACITY, REGION, ASSUMPTIONS)
    assert {it.item for it in bill.lines} == {"firewall", "SnapStart"}


def test_standard_credits_are_never_charged_but_the_work_of_a_group_that_follows_its_target_is_not_done():
    week = Demand(rates=weekly_demand.constant(20_000))
    target_only = SizingPolicy(survives_zone_loss=False, follows_bandwidth=False)
    shape = FleetShape(instance_type="t3.small", policy=target_only)
    unlimited, standard = (
        size_instances(replace(shape, unlimited_credits=charged), week, CAPACITY, REGION, ASSUMPTIONS)
        for charged in (True, False)
    )
    assert standard.usd < unlimited.usd
    assert standard.shortfalls == ("CPU credits",)
    assert unlimited.shortfalls == ()


@given(st.sampled_from(BURSTABLE), MEANS)
def test_a_fleet_in_standard_mode_is_sized_by_the_baseline_of_its_processors(name: str, mean: float):
    week = Demand(rates=weekly_demand.diurnal(mean))
    shape = FleetShape(instance_type=name, unlimited_credits=False)
    running = size_instances(shape, week, CAPACITY, REGION, ASSUMPTIONS)
    vcpus = instance_types()[name].vcpus
    share = cpu_credits.credits_per_hour(name) / (vcpus * 60)
    assert running.sizing.utilisation.max() <= share * (1 + 1e-9)
    assert running.surplus_vcpu_hours == 0
    counts = running.sizing.counts
    assert (
        (counts - -(-counts // 2)) * running.throughput * share >= np.array(week.rates) * (1 - 1e-6)
    ).all()


def test_every_line_has_a_basis():
    week = Demand(rates=weekly_demand.diurnal(10_000))
    lines = fleet_bill(FleetShape(instance_type="c7g.large"), week, CAPACITY, REGION, ASSUMPTIONS).lines
    basis = {(it.item, it.component): it.basis for it in lines}
    assert basis["instances", "fixed"] == "listed"
    assert basis["instances", "marginal"] == "scaled"
    assert basis["load balancer capacity", "marginal"] == "assumed"
    abroad = fleet_bill(
        FleetShape(instance_type="c7g.large"), week, CAPACITY, SNAPSHOT.region("ca-central-1"), ASSUMPTIONS
    )
    assert {it.basis for it in abroad.lines if it.item == "load balancer"} == {"assumed"}


@pytest.mark.parametrize(
    ("bases", "whole"),
    [
        ([], "listed"),
        (["listed", "measured"], "measured"),
        (["measured", "listed"], "measured"),
        (["measured", "scaled"], "scaled"),
        (["scaled", "measured"], "scaled"),
        (["scaled", "assumed"], "assumed"),
        (["assumed", "scaled"], "assumed"),
    ],
)
def test_a_number_has_the_least_reliable_basis_that_it_depends_on(bases: list[str], whole: str):
    assert weakest_basis(bases) == whole  # pyright: ignore[reportArgumentType] (the literals of the table above)
