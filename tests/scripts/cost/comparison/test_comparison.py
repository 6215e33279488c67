from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.reference_data.instance_types import instance_types
from scripts.cost.bill.assumptions import ASSUMPTIONS, Assumptions
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.capacity.vcpu_throughput import Capacity, instance_throughput, read_capacity
from scripts.cost.comparison.break_even import RATES, TOLERANCE, find_break_even
from scripts.cost.comparison.comparison import CostComparison, compare_costs, without_firewall
from scripts.cost.comparison.instance_types import compare_instance_types
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.comparison.sensitivity import Sensitivity, sensitivities, uncertainty
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output import tables
from scripts.cost.output.conclusion import compare_conclusion
from scripts.cost.prices.snapshot import UnknownNameError, project_snapshot

PRICES = project_snapshot().region("us-east-1")
SCENARIO = Scenario(
    demand=Demand(rates=weekly_demand.diurnal_with_peak(20_000, 3)),
    # A fixed value, independent of the project's own measurement.
    capacity=read_capacity().at(5_000),
    prices=PRICES,
    assumptions=Assumptions(),
    shape=FleetShape(instance_type="t4g.small"),
    function=FunctionShape(),
)
FAST = read_capacity().at(54_201)


@cache
def comparison() -> CostComparison:
    return compare_costs(SCENARIO)


def test_all_types_are_compared_and_the_cheapest_comes_first():
    candidates = compare_instance_types(replace(SCENARIO, minimum_memory_gib=0))
    assert len(candidates) == 173
    costs = [it.usd for it in candidates]
    assert costs == sorted(costs)
    for it in candidates[::40]:
        shape = it.running.shape
        whole = fleet_bill(shape, SCENARIO.demand, SCENARIO.capacity, PRICES, SCENARIO.assumptions)
        assert abs(whole.usd - it.usd) < Decimal("1e-20"), "but for the order in which they are added up"
        assert it.usd_per_million == it.usd * 10**6 / SCENARIO.demand.requests_per_month


def test_types_with_too_little_memory_or_of_other_families_are_left_out():
    names = [it.running.shape.instance_type for it in comparison().candidates]
    assert "t4g.nano" not in names
    only = compare_costs(replace(SCENARIO, families=("c7g",), minimum_memory_gib=4)).candidates
    assert {it.running.shape.instance_type.split(".")[0] for it in only} == {"c7g"}
    assert "c7g.medium" not in {it.running.shape.instance_type for it in only}


def test_a_family_that_is_not_offered_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="c7g"):
        compare_costs(replace(SCENARIO, families=("c77g",)))


def test_under_a_commitment_only_types_with_a_price_for_it_are_compared():
    purchase = replace(SCENARIO.shape.purchase, commitment="1y-no-upfront")
    committed = replace(SCENARIO, shape=replace(SCENARIO.shape, purchase=purchase))
    names = {it.running.shape.instance_type for it in compare_instance_types(committed)}
    assert names == {
        *("t3.micro", "t3.medium", "t4g.small", "m7i.large", "m7i.xlarge", "m7g.large"),
        *("c7i.large", "c7i.xlarge", "c7g.xlarge"),
    }
    # If no type has a price, all are alike: on demand.
    unknown = replace(purchase, commitment="1y-partial-upfront")
    everywhere = compare_instance_types(replace(SCENARIO, shape=replace(SCENARIO.shape, purchase=unknown)))
    assert len(everywhere) == len(comparison().candidates)


@pytest.mark.parametrize(
    ("demand", "reason"),
    [
        # 1,252 Gbit/s: 64 Mbit/s of a t4g.micro would take 20,000 instances.
        (
            Demand(rates=weekly_demand.diurnal(100_000), request_bytes=10**6, response_bytes=10**6),
            "too many targets",
        ),
        (Demand(rates=weekly_demand.constant(2e7)), "too many targets"),
    ],
)
def test_a_type_that_can_t_carry_the_load_comes_last_and_is_never_recommended(demand: Demand, reason: str):
    found = compare_costs(replace(SCENARIO, demand=demand))
    overloaded = [it.running.overloaded for it in found.candidates]
    assert overloaded == sorted(overloaded)
    rejected = {
        it.running.shape.instance_type: it.running.shortfalls
        for it in found.candidates
        if it.running.overloaded
    }
    assert rejected["t4g.micro"] == (reason,)
    best = found.recommended
    assert best
    assert best == found.candidates[0]
    megabits = max(demand.request_bytes + 150, demand.response_bytes) * 8 / 1e6 * demand.peak
    machine = instance_types()[best.running.shape.instance_type]
    assert best.running.sizing.counts.max() * machine.network_baseline_gbps * 1_000 >= megabits
    assert not found.scale_up.one.running.overloaded


def test_the_answer_has_a_range_from_a_heavy_mix_to_the_best_case():
    capacity = replace(SCENARIO.capacity, low=2_000, high=20_000)
    found = compare_costs(replace(SCENARIO, capacity=capacity))
    low, middle, high = found.by_capacity
    assert (low.per_vcpu, middle.per_vcpu, high.per_vcpu) == (2_000, 5_000, 20_000)
    assert low.best.usd >= middle.best.usd >= high.best.usd
    assert low.best.usd > high.best.usd
    assert middle.best == found.candidates[0]
    alone = compare_costs(replace(SCENARIO, capacity=capacity.at(2_000)))
    assert alone.candidates[0].usd == low.best.usd


def test_no_type_is_recommended_where_none_carries_the_load():
    flood = replace(SCENARIO, demand=Demand(rates=weekly_demand.constant(1e9)), families=("t4g",))
    assert compare_costs(flood).recommended is None


def test_the_fleet_of_t4g_micro_has_19_instances_for_1200_megabits_and_more_with_their_headers():
    peak = replace(SCENARIO, demand=Demand(rates=weekly_demand.diurnal_with_peak(100_000, 3)), capacity=FAST)
    (found,) = [
        it.running for it in compare_costs(peak).candidates if it.running.shape.instance_type == "t4g.micro"
    ]
    assert pytest.approx(18.75) == 300_000 * 500 * 8 / 64e6
    # 500 bytes, 150 of the balancer's headers and two packets' headers are 782 bytes.
    assert found.sizing.counts.max() == math.ceil(300_000 * 782 * 8 / 64e6) == 30
    assert found.sizing.sized_by == "network bandwidth"


def test_the_big_machine_pays_for_its_disk_and_its_credits_as_the_fleet_does():
    one = comparison().scale_up.one.running
    assert {it.item for it in one.lines if it.usd} >= {"instances", "disks"}
    steady = replace(SCENARIO, demand=Demand(rates=weekly_demand.constant(100)), minimum_memory_gib=0)
    small = compare_costs(steady).scale_up.one
    # The demand fits the smallest type, within its earned credits.
    assert small.instance_type == "t4g.nano"
    assert small.usd == Decimal("0.0042") * 730 + 8 * Decimal("0.08")


def test_the_big_machine_serves_the_peak_and_wastes_the_rest():
    one, fleet = comparison().scale_up.one, comparison().scale_up.fleet
    assert one.copies == 1
    assert one.throughput >= SCENARIO.demand.peak
    assert one.usd > fleet.usd
    assert one.mean_utilisation < fleet.mean_utilisation
    assert all(
        carried >= rate
        for carried, rate in zip(comparison().scale_up.fleet_throughput, SCENARIO.demand.rates, strict=True)
    )
    # At the target of 60 % of two vCPUs, each of which serves a share of what the measured ones do.
    each = 0.6 * instance_throughput(SCENARIO.capacity, "t4g.small")
    assert comparison().scale_up.fleet_throughput == pytest.approx(
        [int(count) * each for count in fleet.sizing.counts]
    )
    assert one.throughput == pytest.approx(0.6 * instance_throughput(SCENARIO.capacity, one.instance_type))


def test_a_peak_beyond_any_machine_takes_several():
    giant = compare_costs(replace(SCENARIO, demand=Demand(rates=weekly_demand.constant(5e6))))
    assert giant.scale_up.one.copies > 1
    assert giant.scale_up.one.throughput >= 5e6 * (1 - 1e-9)


def test_the_break_even_is_where_the_two_bills_cross():
    whole = SCENARIO.demand.mean

    def fleet(rate: float, *, firewall: bool) -> Decimal:
        week = SCENARIO.demand.scaled(rate / whole)
        shape = (SCENARIO if firewall else without_firewall(SCENARIO)).shape
        return fleet_bill(shape, week, SCENARIO.capacity, PRICES, SCENARIO.assumptions).usd

    found = [it for it in comparison().break_evens if it.crossing and not it.free_tier]
    assert len(found) >= 8
    for it in found:
        assert it.crossing
        below = it.crossing.rate / (1 + 2 * TOLERANCE)
        week = SCENARIO.demand.scaled(it.crossing.rate / whole)
        less = SCENARIO.demand.scaled(below / whole)
        function, before = (
            function_bill(it.shape, each, SCENARIO.capacity, PRICES, SCENARIO.assumptions).usd
            for each in (week, less)
        )
        assert fleet(it.crossing.rate, firewall=it.firewall) < function
        assert fleet(below, firewall=it.firewall) >= before
        assert it.crossing.usd == fleet(it.crossing.rate, firewall=it.firewall)


def test_a_fleet_is_compared_with_an_api_that_has_a_firewall_as_well_or_neither_has_one():
    of_each = {(it.shape.api, it.shape.architecture, it.shape.memory_mb) for it in comparison().break_evens}
    assert of_each == {
        (api, architecture, memory)
        for api in ("rest", "http")
        for architecture in ("arm64", "x86_64")
        for memory in (512, 1_769)
    }
    assert {it.shape.provisioned for it in comparison().break_evens} == {0, 2}
    assert {it.shape.api for it in comparison().break_evens if it.free_tier} == {"rest", "http"}
    kinds = {(it.shape.api, it.firewall) for it in comparison().break_evens}
    assert kinds == {("rest", True), ("rest", False), ("http", False)}
    for it in comparison().break_evens:
        assert bool(it.shape.shared.web_acls) == it.firewall
        assert it.shape.access_log == SCENARIO.shape.access_log
        assert it.deployable == (it.shape.api == "rest"), "the program creates REST APIs only"
    assert "http" not in {name.rsplit(maxsplit=1)[-1].lower() for name in comparison().curves.functions}
    bare = compare_costs(without_firewall(SCENARIO))
    assert not {it.firewall for it in bare.break_evens if it.shape.api == "rest"} - {False}
    assert len(bare.curves.functions) == 2


def test_an_http_api_has_no_firewall_to_pay_for():
    bill = function_bill(
        FunctionShape(api="http"), SCENARIO.demand, SCENARIO.capacity, PRICES, SCENARIO.assumptions
    )
    assert not {it.item for it in bill.lines} & {"firewall", "inspected requests"}


@given(st.floats(1, 1e4), st.floats(0.02, 1e3))
@example(200.0, 0.02)
def test_straight_lines_cross_where_they_must(fixed: float, slope: float):
    # The quotient of two floats would be rounded, possibly onto the last rate.
    expected = Decimal(fixed) / Decimal(slope)
    found = find_break_even(lambda _: Decimal(fixed), lambda rate: Decimal(slope) * Decimal(rate))
    if Decimal(RATES[0]) <= expected < Decimal(RATES[-1]):
        assert found
        assert math.isclose(found.rate, float(expected), rel_tol=2 * TOLERANCE)
    else:
        assert found is None


def test_without_a_crossing_there_is_no_break_even():
    assert find_break_even(lambda _: Decimal(1), lambda _: Decimal(2)) is None
    assert find_break_even(lambda _: Decimal(2), lambda _: Decimal(1)) is None


def test_the_assumption_that_affects_the_bill_most_comes_first():
    widths = [it.width for it in comparison().sensitivities]
    assert widths == sorted(widths, reverse=True)
    assert comparison().sensitivities[0].what == "traffic"
    first = comparison().sensitivities[0]
    for index, bill in enumerate((comparison().fleet, comparison().function)):
        assert first.low[index] < bill.usd < first.high[index]


def test_the_sensitivity_covers_the_capacity_and_every_assumption():
    def usd(demand: Demand, capacity: Capacity, assumptions: Assumptions) -> Decimal:
        # Every figure counts.
        figures = [it.value_in(assumptions) for it in ASSUMPTIONS.values()]
        sizes = demand.request_bytes + demand.response_bytes
        processor = capacity.requests_per_second_per_vcpu + capacity.seconds_per_byte
        return Decimal(repr(sum(figures) + sizes + demand.mean + processor))

    capacity = replace(SCENARIO.capacity, seconds_per_byte=5e-4)
    found = sensitivities([usd], SCENARIO.demand, capacity, SCENARIO.assumptions)
    others = {"traffic", "throughput of a vCPU", "processor time of a kilobyte"} | {
        "request size",
        "response size",
    }
    assert {it.what for it in found} == {it.label for it in ASSUMPTIONS.values()} | others


def test_independent_errors_add_up_as_the_root_of_the_sum_of_their_squares():
    def effect(what: str, low: int, high: int) -> Sensitivity:
        ends = (Decimal(low),), (Decimal(high),)
        return Sensitivity(what=what, values=(1, 2), unit="s", low=ends[0], high=ends[1])

    found = [effect("traffic", 0, 900), effect("a", 97, 103), effect("b", 96, 104), effect("c", 100, 100)]
    low, high = uncertainty(found, 0, Decimal(100))
    assert (float(low), float(high)) == pytest.approx((95, 105))


def test_the_conclusion_names_the_cheapest_what_dominates_and_the_rest():
    found = compare_costs(replace(SCENARIO, shape=FleetShape(instance_type="")))
    text = compare_conclusion(found).text("en")
    best = found.recommended
    assert best
    assert found.chosen == best
    assert found.fleet.usd == best.usd
    assert found.scale_up.fleet.shape.instance_type == best.running.shape.instance_type
    assert (
        f"Cheapest: a fleet of {best.running.shape.instance_type}, for {best.usd:,.2f} USD per month" in text
    )
    share = found.fleet.item_usd("inspected requests") / best.usd
    assert f"of which {share:.0%} for inspected requests" in text
    assert f"costs {found.function.usd:,.2f}" in text
    assert text.count(".") == text.rstrip(".").count(".") + 1, "one sentence"


def test_without_traffic_the_conclusion_still_names_where_the_two_cross():
    idle = replace(
        SCENARIO, demand=Demand(rates=weekly_demand.constant(0)), shape=FleetShape(instance_type="")
    )
    none = compare_costs(idle)
    assert none.other_advice
    crossing = none.other_advice.crossing
    assert crossing
    assert 0.01 < crossing < 10_000
    text = compare_conclusion(none).text("en")
    assert f"below {crossing:,.4g} requests per second" in text
    assert "no assumption moves it" in text


def test_the_conclusion_follows_the_cheaper_side():
    little = replace(SCENARIO, demand=SCENARIO.demand.scaled(1 / 20_000), shape=FleetShape(instance_type=""))
    text = compare_conclusion(compare_costs(little)).text("en")
    assert text.startswith("Cheapest: the function arm64 1769 MB, REST, for ")


@pytest.mark.parametrize("name", ["c7g.8xlarge", "t4g.nano"])
def test_the_answer_is_about_the_type_that_was_named(name: str):
    found = compare_costs(replace(SCENARIO, shape=FleetShape(instance_type=name)))
    best = found.recommended
    assert best
    assert found.chosen.running.shape.instance_type == found.scale_up.fleet.shape.instance_type == name
    assert found.chosen.usd == found.fleet.usd
    low, high = uncertainty(found.sensitivities, 0, found.fleet.usd)
    text = compare_conclusion(found).text("en")
    assert text.startswith(f"A fleet of {name} costs {found.fleet.usd:,.2f} USD per month, of which ")
    assert f"; wrong assumptions may make it {low:,.2f} to {high:,.2f}; " in text
    cheapest = best.running.shape.instance_type
    assert f"; the cheapest type that is compared is {cheapest}, for {best.usd:,.2f}; " in text
    shown = {row[0] for row in tables.sizes(found.candidates, 3, found.chosen).rows}
    assert {name, cheapest} <= shown


def test_a_named_type_that_can_t_carry_the_load_is_no_answer():
    demand = Demand(rates=weekly_demand.constant(1e5), request_bytes=10**6, response_bytes=10**6)
    flood = replace(SCENARIO, demand=demand, shape=FleetShape(instance_type="t4g.micro"))
    text = compare_conclusion(compare_costs(flood)).text("en")
    assert " does not carry the load: the load balancer's quota of targets is exceeded; the cheapest " in text


def test_the_uncertainty_is_said_of_the_bill_before_it():
    spanish = compare_conclusion(compare_costs(replace(SCENARIO, shape=FleetShape(instance_type="")))).text(
        "es"
    )
    cheapest, uncertain, other, _ = spanish.split("; ")
    assert cheapest.startswith("Lo más barato: una flota de ")
    assert uncertain.startswith("con otros supuestos serían entre ")
    assert other.startswith("la función ")
