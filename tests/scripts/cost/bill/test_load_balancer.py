"""Capacity units, addresses and logs of a load balancer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.load_balancer import load_balancer_lines
from scripts.cost.bill.sizing import SizingPolicy
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot

PRICES = project_snapshot().region("us-east-1")
ASSUMPTIONS = Assumptions()
LARGE = FleetShape(instance_type="c7g.large")
MONTH = 730 * 3_600


def steady(rate: float) -> Demand:
    return Demand(rates=weekly_demand.constant(rate))


def balancer(shape: FleetShape, demand: Demand, assumptions: Assumptions = ASSUMPTIONS) -> dict[str, Decimal]:
    found = load_balancer_lines(shape, demand, PRICES, assumptions)
    return {it.item: round(it.quantity, 9) for it in found}


def test_the_largest_dimension_of_the_mean_hour_is_billed_as_capacity_units():
    per_request = replace(steady(100), request_bytes=1, response_bytes=1)
    cases = [
        # 60 rules of which ten are free: 100 * 50 evaluations a second, of 1,000 in a unit.
        (replace(LARGE, rules=60), per_request, ASSUMPTIONS, Decimal(5)),
        # A connection for each request: 100 a second, of 25 in a unit.
        (
            LARGE,
            per_request,
            replace(ASSUMPTIONS, requests_per_connection=1, connection_seconds=0),
            Decimal(4),
        ),
        # 10 a second, open for 15 minutes: 9,000, of 3,000 in a unit.
        (LARGE, per_request, replace(ASSUMPTIONS, connection_seconds=900), Decimal(3)),
        # 360,000 requests an hour of 25,000 bytes both ways: 9 GB.
        (LARGE, replace(per_request, request_bytes=5_000, response_bytes=20_000), ASSUMPTIONS, Decimal(9)),
    ]
    for shape, demand, assumptions, units in cases:
        assert balancer(shape, demand, assumptions)["load balancer capacity"] == units * 730
        assert balancer(replace(shape, load_balancers=0), demand, assumptions)["load balancer capacity"] == 0


def test_each_public_load_balancer_has_an_address_in_each_zone():
    shape = replace(
        LARGE, load_balancers=3, internal_load_balancers=1, policy=SizingPolicy(zones=3, minimum=3)
    )
    found = balancer(shape, steady(0))
    assert (found["load balancer"], found["public addresses"]) == (3, 6)


@pytest.mark.parametrize(
    ("access", "connections", "lines"), [(1, 0, 100), (0, 1, 10), (1, 1, 110), (0, 0, 0)]
)
def test_each_request_and_each_connection_has_a_line_in_its_log(access: int, connections: int, lines: int):
    shape = replace(LARGE, access_log=bool(access), connection_log=bool(connections))
    kept = replace(ASSUMPTIONS, log_days=73, balancer_log_bytes=100)
    # 73 days are 2.4 months of 730 hours.
    expected = Decimal(lines * MONTH * 100) / 2**30 * Decimal("2.4")
    assert balancer(shape, steady(100), kept)["load balancer logs"] == round(expected, 9)
