"""Services that fleet and function share: their free tiers, their prices, and what they count."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.shared_services import SharedServices, shared_service_lines
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot

PRICES = project_snapshot().region("us-east-1")
ASSUMPTIONS = Assumptions()
MONTH = 730 * 3_600


def steady(rate: float) -> Demand:
    return Demand(rates=weekly_demand.constant(rate))


def beside(
    shared: SharedServices, assumptions: Assumptions = ASSUMPTIONS, function_log_bytes: int = 0
) -> dict[str, Decimal]:
    found = shared_service_lines(
        shared, steady(1), PRICES, assumptions, function_log_bytes=function_log_bytes
    )
    return {it.item: it.usd for it in found if it.usd}


FREE = replace(ASSUMPTIONS, free_tier=True)


# Amazon CloudWatch pricing: ten alarms and three dashboards are free.
def test_ten_alarms_and_three_dashboards_are_free_in_the_free_tier():
    for alarms, dashboards, paid in ((10, 3, {}), (11, 4, {"alarms": Decimal("0.1"), "dashboards": 3})):
        shared = SharedServices(alarms=alarms, dashboards=dashboards)
        items = {name: usd for name, usd in beside(shared, FREE).items() if name in {"alarms", "dashboards"}}
        assert items == paid
    listed = beside(SharedServices(alarms=10, dashboards=3))
    assert (listed["alarms"], listed["dashboards"]) == (1, 9)


# The prices of us-east-1: by the hour for what is in a network, by the month for the others.
@pytest.mark.parametrize(
    ("shared", "item", "usd"),
    [
        (SharedServices(hosted_zones=2), "hosted zones", "1.00"),
        (SharedServices(keys=2), "keys", "2"),
        (SharedServices(rotated_keys=2), "key rotation", "4"),
        (SharedServices(secrets=2), "secrets", "0.80"),
        (SharedServices(nat_gateways=2), "NAT gateways", "65.70"),
        (SharedServices(elastic_addresses=2), "elastic addresses", "7.30"),
        (SharedServices(interface_endpoints=2), "interface endpoints", "14.60"),
        (SharedServices(web_acls=2, firewall_rules=3), "firewall", "16"),
    ],
)
def test_two_resources_cost_twice_their_price_a_month(shared: SharedServices, item: str, usd: str):
    assert beside(shared)[item] == Decimal(usd)


GIB = 2**30


def test_the_free_gigabytes_of_logs_count_for_the_service_s_own_logs_first():
    # Of 5 free GB the function takes 3, and the firewall, which writes 4, the other 2.
    own, of_firewall = (Decimal(gb * GIB) / MONTH for gb in (3, 4))
    assumptions = replace(FREE, firewall_log_bytes=int(of_firewall), log_days=1)
    found = beside(SharedServices(firewall_logs_all=True), assumptions, function_log_bytes=int(own))
    assert "logs" not in found
    stored = Decimal("0.15") * 4 * 24 / 730 * PRICES.tariff("logs.stored_gb_month").usd
    paid = 2 * PRICES.tariff("logs.vended_gb").usd + stored
    assert float(found["firewall logs"]) == pytest.approx(float(paid), rel=0.01)


def test_a_second_web_acl_does_not_inspect_a_request_twice():
    once, twice, never = (beside(SharedServices(web_acls=it)).get("inspected requests") for it in (1, 2, 0))
    assert once == twice == Decimal("0.60") * MONTH / 10**6
    assert never is None


def test_only_what_is_answered_leaves_for_the_internet():
    demand = replace(steady(2_000), response_bytes=400)
    for served, rate in ((None, 2_000), (steady(500), 500)):
        lines = shared_service_lines(SharedServices(), demand, PRICES, ASSUMPTIONS, served=served)
        quantities = {it.item: it.quantity for it in lines}
        assert quantities["data to the internet"] == Decimal(rate * MONTH * 400) / GIB
        assert quantities["inspected requests"] == 2_000 * MONTH
