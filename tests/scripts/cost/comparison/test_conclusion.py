"""The closing sentence of a comparison is true: bills that are computed anew agree with its claims."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.cost.bill.assumptions import ASSUMPTIONS, Assumptions
from scripts.cost.bill.fleet import fleet_bill, size_instances
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.comparison.break_even import ADVICE_RATES, find_other_advice
from scripts.cost.comparison.comparison import compare_costs
from scripts.cost.comparison.instance_types import compared_types
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output.conclusion import compare_conclusion
from scripts.cost.output.messages import Message
from scripts.cost.prices.snapshot import project_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST, LAST = ADVICE_RATES[0], ADVICE_RATES[-1]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw traffic of any size and shape, a capacity with its range, a region, and shapes."""
    size = st.sampled_from([1, 350, 20_000, 1_000_000])
    middle = draw(st.sampled_from([5.0, 400.0, 37_000.0]))
    capacity = replace(
        read_capacity().at(middle),
        low=middle / draw(st.sampled_from([1.5, 20])),
        high=middle * draw(st.sampled_from([1.5, 20])),
    )
    return Scenario(
        demand=Demand(
            rates=weekly_demand.diurnal(10 ** draw(st.floats(-1, 5))),
            request_bytes=draw(size),
            response_bytes=draw(size),
        ),
        capacity=capacity,
        prices=project_snapshot().region(draw(st.sampled_from(["us-east-1", "sa-east-1"]))),
        assumptions=Assumptions(requests_per_connection=draw(st.sampled_from([1.0, 10.0, 1_000.0]))),
        shape=FleetShape(instance_type=""),
        function=FunctionShape(
            memory_mb=draw(st.sampled_from([128, 1_769])), provisioned=draw(st.sampled_from([0, 20]))
        ),
        families=("t4g", "c7g"),
    )


def fleet_usd(it: Scenario, machine: str) -> Decimal:
    shape = replace(it.shape, instance_type=machine)
    return fleet_bill(shape, it.demand, it.capacity, it.prices, it.assumptions).usd


def function_usd(it: Scenario) -> Decimal:
    return function_bill(it.function, it.demand, it.capacity, it.prices, it.assumptions).usd


def carries_the_load(it: Scenario, machine: str) -> bool:
    shape = replace(it.shape, instance_type=machine)
    return not size_instances(shape, it.demand, it.capacity, it.prices, it.assumptions).overloaded


def with_rate(it: Scenario, rate: float) -> Scenario:
    return replace(it, demand=it.demand.scaled(rate / it.demand.mean))


def with_value(it: Scenario, what: str, value: float) -> Scenario:
    """Return the scenario with another value of one figure."""
    match what:
        case "throughput of a vCPU":
            return replace(it, capacity=it.capacity.at(value))
        case "processor time of a kilobyte":
            return replace(it, capacity=replace(it.capacity, seconds_per_byte=value / 1e9))
        case "request size":
            return replace(it, demand=replace(it.demand, request_bytes=int(value)))
        case "response size":
            return replace(it, demand=replace(it.demand, response_bytes=int(value)))
        case _:
            (assumption,) = (one for one in ASSUMPTIONS.values() if one.label == what)
            return replace(it, assumptions=assumption.in_place(it.assumptions, value))


def ends(it: Scenario) -> Iterator[Scenario]:
    """Yield the scenario with each figure at both ends of its range."""
    capacity, demand = it.capacity, it.demand
    values = {
        "throughput of a vCPU": (capacity.lowest, capacity.highest),
        "processor time of a kilobyte": (capacity.seconds_per_byte * 5e8, capacity.seconds_per_byte * 2e9),
        "request size": (max(1, round(demand.request_bytes / 2)), demand.request_bytes * 2),
        "response size": (max(1, round(demand.response_bytes / 2)), demand.response_bytes * 2),
        **{one.label: one.ends(it.assumptions) for one in ASSUMPTIONS.values()},
    }
    for what, pair in values.items():
        for value in pair:
            yield with_value(it, what, value)


@settings(max_examples=12, deadline=None)
@given(scenarios())
def test_every_claim_of_the_conclusion_is_true(it: Scenario):
    found = compare_costs(it)
    concluded = compare_conclusion(found)
    feasible = {name: fleet_usd(it, name) for name in compared_types(it) if carries_the_load(it, name)}
    if not feasible:
        assert concluded.template.startswith("No instance type that is compared carries the load")
        return
    machine = min(feasible, key=lambda name: (feasible[name], name))
    usd = {"fleet": feasible[machine], "function": function_usd(it)}
    side = "fleet" if usd["fleet"] <= usd["function"] else "function"
    assert concluded.values["usd"] == usd[side]
    assert concluded.values["other"] == max(usd.values())
    assert f"a fleet of {machine}" in concluded.text("en")

    def cheaper(other: Scenario) -> str:
        return "fleet" if fleet_usd(other, machine) <= function_usd(other) else "function"

    def winner_usd(other: Scenario) -> Decimal:
        return fleet_usd(other, machine) if side == "fleet" else function_usd(other)

    bills = [winner_usd(other) for other in ends(it)]
    claimed = concluded.values["range"]
    assert isinstance(claimed, Message)
    _check_range(claimed, bills)
    change = concluded.values["change"]
    assert isinstance(change, Message)
    values: dict[str, Any] = {**change.values}
    if "what" in values:
        assert cheaper(with_value(it, values["what"], values["value"])) != side
        return
    assert {cheaper(other) for other in ends(it)} == {side}
    if change.template.startswith("no assumption within its range"):
        assert {cheaper(with_rate(it, rate)) for rate in ADVICE_RATES} == {side}
    elif "example" in change.template:
        assert cheaper(with_rate(it, values["rate"])) != side
    else:
        rate = values["rate"]
        below, above = rate * 0.999, rate * 1.001
        assert {cheaper(with_rate(it, one)) for one in (FIRST, below)} == {"function"}
        assert {cheaper(with_rate(it, one)) for one in (above, LAST)} == {"fleet"}


def _check_range(claimed: Message, bills: list[Decimal]) -> None:
    if claimed.template == "no assumption moves it":
        assert max(bills) - min(bills) < Decimal("0.01")
        return
    values: dict[str, Any] = {**claimed.values}
    assert values["low"] <= min(bills)
    assert max(bills) <= values["high"]


def test_a_fleet_that_is_cheaper_in_a_band_of_traffic_only_is_no_threshold():
    def function(rate: float) -> Decimal:
        return Decimal(repr(rate))

    def fleet(rate: float) -> Decimal:
        return Decimal(repr(5.0 if rate < 50 else rate * 2))

    found = find_other_advice(fleet, function, 20.0, fleet_wins=True)
    assert found
    assert found.crossing is None
    assert function(found.example) < fleet(found.example)
    lower = find_other_advice(lambda _: Decimal(5), function, 20.0, fleet_wins=True)
    assert lower
    assert lower.crossing == pytest.approx(5, rel=1e-3)
    assert find_other_advice(lambda _: Decimal(0), function, 20.0, fleet_wins=True) is None
