"""Ten bills to the cent by independent arithmetic: the price list's files and AWS's pricing rules only."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, Final

import pytest

from infra.reference_data.csv_rows import REFERENCE_DATA, read_rows
from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape, function_bill, monthly_usage
from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.bill.sizing import SizingPolicy
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot

HOURS: Final = 730
GIB: Final = Decimal(2**30)
CAPACITY: Final = read_capacity()
DAYS_KEPT: Final = Decimal(30 * 24) / HOURS
"""Months for which logs are kept."""


@cache
def rows(name: str) -> list[dict[str, str]]:
    return read_rows(REFERENCE_DATA / name)


def price(item: str, region: str, quantity: Decimal | int) -> Decimal:
    """Return the USD of a month's quantity, tier by tier; without a price of its own, us-east-1's."""
    for where in (region, "global", "us-east-1"):
        if tiers := [it for it in rows("services.csv") if (it["item"], it["region"]) == (item, where)]:
            break
    usd, quantity = Decimal(0), Decimal(quantity)
    for tier in tiers:
        start, end = Decimal(tier["tier_from"]), Decimal(tier["tier_to"] or "Infinity")
        used = max(Decimal(0), min(quantity, end) - start)
        usd += used * Decimal(tier["usd"]) / Decimal(tier["per"])
    return usd


def hour(name: str, region: str, commitment: str) -> Decimal:
    """Return the USD of an hour of an instance type."""
    file, column = {
        "none": ("ec2_on_demand.csv", "usd_per_hour"),
        "1y": ("ec2_reserved.csv", "one_year_usd_per_hour"),
        "3y": ("ec2_reserved.csv", "three_years_usd_per_hour"),
    }.get(commitment, ("ec2_installments.csv", "usd_per_hour"))
    (found,) = [
        it
        for it in rows(file)
        if (it["type"], it["region"]) == (name, region) and it.get("commitment", commitment) == commitment
    ]
    return Decimal(found[column])


def edge(region: str, requests: int, response_bytes: int, *, firewall: bool) -> Decimal:
    """Return the USD of data to the internet and of the firewall: six rules, less than 1,500 units."""
    usd = price("transfer.out_gb", region, requests * response_bytes / GIB)
    if firewall:
        usd += price("waf.acl_month", region, 1) + price("waf.rule_month", region, 6)
        usd += price("waf.request.1500", region, requests)
    return usd


FLEETS: Final[list[dict[str, Any]]] = [
    {"name": "c7i.large", "rate": 40, "commitment": "1y-no-upfront", "firewall": False, "logs": False},
    {"name": "t4g.small", "rate": 300, "response_bytes": 2_000},
    {"name": "m7g.large", "region": "eu-central-1", "rate": 100, "count": 3, "zones": 3},
    {"name": "t3.medium", "region": "sa-east-1", "rate": 10, "commitment": "1y-no-upfront"},
    {"name": "c7i.xlarge", "rate": 2_000, "commitment": "3y"},
    {"name": "t4g.micro", "region": "mx-central-1", "rate": 25, "firewall": False},
]

FUNCTIONS: Final[list[dict[str, Any]]] = [
    {"rate": 30},
    {"rate": 700, "memory_mb": 512, "firewall": False},
    {"rate": 2, "memory_mb": 3_008, "commitment": "3y-no-upfront", "logs": False},
    {"rate": 5_000, "commitment": "1y-no-upfront", "response_bytes": 3_000},
]


@pytest.mark.parametrize("it", FLEETS, ids=lambda it: f"{it['name']}-{it['rate']}")
def test_a_fleet_s_bill_is_what_its_price_list_adds_up_to(it: dict[str, Any]):
    region, rate, count, zones = (
        it.get("region", "us-east-1"),
        it["rate"],
        it.get("count", 2),
        it.get("zones", 2),
    )
    response_bytes, commitment = it.get("response_bytes", 350), it.get("commitment", "none")
    firewall, logs = it.get("firewall", True), it.get("logs", True)
    requests = rate * 3_600 * HOURS
    usd = hour(it["name"], region, commitment) * HOURS * count + price("ebs.gb_month", region, 8 * count)
    usd += price("alb.hour", region, HOURS) + price("ipv4.hour", region, zones * HOURS)
    # 25 new connections, 3,000 active ones or a GB per hour are a unit; a connection has ten requests and
    # lasts a minute.
    new = Decimal(rate) / 10
    bytes_per_hour = Decimal(rate) * 3_600 * (500 + response_bytes)
    units = max(new / 25, new * 60 / 3_000, bytes_per_hour / 10**9)
    usd += price("alb.lcu_hour", region, units * HOURS)
    # A line of 60 compressed bytes for each request, and for each connection.
    usd += price("s3.gb_month", region, requests * Decimal("1.1") * 60 / GIB * DAYS_KEPT) * logs
    usd += edge(region, requests, response_bytes, firewall=firewall)
    shape = FleetShape(
        instance_type=it["name"],
        policy=SizingPolicy(zones=zones, minimum=count),
        purchase=PurchaseOptions(commitment=commitment),
        access_log=logs,
        connection_log=logs,
        shared=SharedServices(zones=zones, web_acls=int(firewall)),
    )
    demand = Demand(rates=weekly_demand.constant(rate), response_bytes=response_bytes)
    bill = fleet_bill(shape, demand, CAPACITY, project_snapshot().region(region), Assumptions())
    assert abs(bill.usd - usd) < Decimal("0.005")


@pytest.mark.parametrize("it", FUNCTIONS, ids=lambda it: f"{it['rate']}")
def test_a_function_s_bill_is_what_its_price_list_adds_up_to(it: dict[str, Any]):
    region, rate, memory = "us-east-1", it["rate"], it.get("memory_mb", 1_769)
    response_bytes, commitment = it.get("response_bytes", 350), it.get("commitment", "none")
    firewall, logs = it.get("firewall", True), it.get("logs", True)
    shape = FunctionShape(
        memory_mb=memory,
        access_log=logs,
        commitment=commitment,
        shared=SharedServices(web_acls=int(firewall)),
    )
    demand = Demand(rates=weekly_demand.constant(rate), response_bytes=response_bytes)
    requests = rate * 3_600 * HOURS
    # The duration is measured, not listed.
    measured = CAPACITY.with_payload(demand.request_bytes, response_bytes)
    milliseconds = monthly_usage(shape, demand, measured, Assumptions()).milliseconds
    gb_seconds = requests * milliseconds / 1_000 * memory / 1_024
    usd = price("apigateway.rest_request", region, requests) + price("lambda.request", region, requests)
    # A steady function uses the whole plan, of 0.0000117 USD per GB-second.
    duration = "lambda.gb_second.arm64" if commitment == "none" else "lambda.plan_gb_second.no_upfront.arm64"
    usd += price(duration, region, gb_seconds)
    # Three lines of Lambda have 350 bytes, and one of the API 400.
    of_function, of_api = requests * 350 / GIB, requests * 400 * logs / GIB
    usd += price("logs.vended_gb", region, of_function) + price("logs.ingested_gb", region, of_api)
    usd += price("logs.stored_gb_month", region, (of_function + of_api) * Decimal("0.15") * DAYS_KEPT)
    usd += edge(region, requests, response_bytes, firewall=firewall)
    bill = function_bill(shape, demand, CAPACITY, project_snapshot().region(region), Assumptions())
    assert abs(bill.usd - usd) < Decimal("0.005")
