"""Both ends of each figure, and the bills at them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from scripts.cost.bill.assumptions import ASSUMPTIONS, Assumptions
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.comparison.sensitivity import Sensitivity, sensitivities, uncertainty
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand

if TYPE_CHECKING:
    from scripts.cost.capacity.vcpu_throughput import Capacity

DEMAND = Demand(rates=weekly_demand.constant(100), request_bytes=1, response_bytes=301)
CAPACITY = replace(read_capacity().at(5_000), seconds_per_byte=4e-9)


def figures(demand: Demand, capacity: Capacity, assumptions: Assumptions) -> Decimal:
    """Return a bill that rises by one USD with every unit of every figure."""
    others = sum(it.value_in(assumptions) for it in ASSUMPTIONS.values())
    sizes = demand.request_bytes + demand.response_bytes
    time = capacity.seconds_per_byte * 1e9 + capacity.requests_per_second_per_vcpu
    return Decimal(repr(others + sizes + time + demand.mean))


@pytest.mark.parametrize(
    ("what", "unit", "values"),
    [
        ("traffic", "requests per second", (50, 200)),
        ("throughput of a vCPU", "requests per second", (2_500, 10_000)),
        ("processor time of a kilobyte", "us", (2, 8)),
        ("request size", "bytes", (1, 2)),  # half a byte is no request
        ("response size", "bytes", (150, 602)),
        ("requests per connection", "requests", (5, 20)),
        ("cold starts", "%", (0, 1)),
        ("size of a disk", "GB", (4, 16)),
    ],
)
def test_every_figure_is_varied_alone_between_half_and_double(
    what: str, unit: str, values: tuple[float, float]
):
    found = {it.what: it for it in sensitivities([figures], DEMAND, CAPACITY, Assumptions())}[what]
    assert found.unit == unit
    assert found.values == pytest.approx(values)
    middle = figures(DEMAND, CAPACITY, Assumptions())
    own = {"traffic": 100, "throughput of a vCPU": 5_000, "processor time of a kilobyte": 4}
    own |= {"request size": 1, "response size": 301}
    own |= {it.label: it.value_in(Assumptions()) for it in ASSUMPTIONS.values()}
    for usd, value in zip((*found.low, *found.high), values, strict=True):
        assert float(usd - middle) == pytest.approx(value - own[what], abs=1e-6)
    assert float(found.width) == pytest.approx(values[1] - values[0], abs=1e-6)


def test_a_measured_range_of_the_throughput_takes_the_place_of_half_and_double():
    ranged = replace(CAPACITY, low=4_000, high=9_000)
    found = {it.what: it for it in sensitivities([figures], DEMAND, ranged, Assumptions())}
    assert found["throughput of a vCPU"].values == (4_000, 9_000)
    assert found["throughput of a vCPU"].width == 5_000


def test_the_widest_effect_on_any_bill_comes_first_and_what_has_none_is_left_out():
    def connections(demand: Demand, capacity: Capacity, assumptions: Assumptions) -> Decimal:
        del demand, capacity
        return Decimal(repr(assumptions.requests_per_connection * -3 + assumptions.disk_gb))

    def constant(demand: Demand, capacity: Capacity, assumptions: Assumptions) -> Decimal:
        del demand, capacity, assumptions
        return Decimal(7)

    found = sensitivities([constant, connections], DEMAND, CAPACITY, Assumptions())
    assert [it.what for it in found] == ["requests per connection", "size of a disk"]
    assert [it.width for it in found] == [45, 12]
    assert (found[0].low, found[0].high) == ((7, -7), (7, -52))


def effect(what: str, low: str, high: str) -> Sensitivity:
    ends = (Decimal(low),), (Decimal(high),)
    return Sensitivity(what=what, values=(1, 2), unit="s", low=ends[0], high=ends[1])


@pytest.mark.parametrize(
    ("found", "ends"),
    [
        ([], (10, 10)),
        ([effect("traffic", "0", "99")], (10, 10)),
        ([effect("a", "9.7", "10.4")], (9.7, 10.4)),
        # Both ends above the bill: it does not fall.
        ([effect("a", "10.3", "10.2")], (10, 10.3)),
        # More of a figure may cost less.
        ([effect("a", "10.3", "9.7"), effect("b", "9.6", "10.4")], (9.5, 10.5)),
    ],
)
def test_the_range_of_a_bill_is_that_of_independent_errors(
    found: list[Sensitivity], ends: tuple[float, float]
):
    assert tuple(map(float, uncertainty(found, 0, Decimal(10)))) == pytest.approx(ends)
