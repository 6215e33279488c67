"""The same month again: every hour of a year lived through one by one, by other code, divided by twelve.

It shares nothing with what it checks but the CSV files and the rules that AWS bills by.
"""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.cost import demand
from scripts.cost.assumptions import Assumptions
from scripts.cost.capacity import read
from scripts.cost.demand import Demand
from scripts.cost.fleet import FleetShape, fleet_bill
from scripts.cost.function import FunctionShape, function_bill
from scripts.cost.prices import DATA, load
from scripts.cost.purchase import Purchase

if TYPE_CHECKING:
    from scripts.cost.bill import Bill

YEAR = 52 * 168
"""Hours; one day less than a year, so that every hour of the week comes equally often."""

MONTHS = YEAR / 730
GIB = 1024**3
CAPACITY = read()
ASSUMPTIONS = Assumptions()
REGION = load().region("us-east-1")


@cache
def table(name: str) -> list[dict[str, str]]:
    lines = (Path(DATA) / name).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def usd_per_hour(name: str, column: str = "usd_per_hour", file: str = "ec2_on_demand.csv") -> float:
    (row,) = [it for it in table(file) if (it["region"], it["type"]) == ("us-east-1", name)]
    return float(row[column])


@cache
def price(item: str) -> list[tuple[float, float, float]]:
    rows = [
        it for it in table("services.csv") if it["item"] == item and it["region"] in {"us-east-1", "global"}
    ]
    return [
        (float(it["tier_from"]), float(it["tier_to"] or "inf"), float(it["usd"]) / float(it["per"]))
        for it in rows
    ]


@cache
def one(item: str) -> float:
    return price(item)[0][2]


def in_tiers(item: str, amount: float) -> float:
    return sum(max(0.0, min(amount, end) - start) * usd for start, end, usd in price(item))


def requests_per_second(name: str) -> float:
    scores = {it["type"]: float(it["coremark"]) for it in table("cpu_scores.csv")}
    assert CAPACITY.like == "m7i.large"
    return CAPACITY.requests_per_second_per_vcpu * scores[name] / (scores["m7i.large"] / 2)


def lived_through(
    week: tuple[float, ...],
    name: str,
    vcpus: int,
    *,
    earns: int = 0,
    credit_usd: float = 0.0,
    floor_usd: float = 0.0,
) -> float:
    """USD for a year of instances, disks and load balancer, then for a month of it."""
    hourly, throughput = usd_per_hour(name), requests_per_second(name)
    always = min(wanted(rate, throughput) for rate in week)
    total = 0.0
    balances: list[float] = []
    for hour in range(2 * 168 + YEAR):
        counts = hour >= 2 * 168  # two weeks to settle
        rate = week[hour % 168]
        need = wanted(rate, throughput)
        booted = max(0, need - len(balances))
        while len(balances) > need:
            ended = balances.pop()
            total += counts * max(0.0, -ended) / 60 * credit_usd
        balances += [0.0] * booted
        if counts:
            paid_as_floor = always if floor_usd else 0
            hours = need - paid_as_floor + booted * 120 / 3600
            total += hours * hourly + paid_as_floor * floor_usd
            total += (need + booted * 120 / 3600) * 8 * one("ebs.gb_month") / 730
            total += one("alb.hour") + 2 * one("ipv4.hour")
            connections = rate / 10
            total += one("alb.lcu_hour") * max(
                connections / 25, connections * 60 / 3000, rate * 3600 * (500 + 350) / 1e9
            )
        for index, balance in enumerate(balances):
            left = balance + earns - rate / need / throughput * vcpus * 60
            if left < -24 * earns:
                total += counts * (-24 * earns - left) / 60 * credit_usd
            balances[index] = min(max(left, -24 * earns), 24 * earns)
    return total / MONTHS


def wanted(rate: float, throughput: float) -> int:
    count = 2
    while rate / count > 0.6 * throughput or rate > (count - math.ceil(count / 2)) * throughput:
        count += 1
    return count


def around(week: tuple[float, ...], *, log_bytes: int = 0) -> float:
    requests = sum(week[hour % 168] * 3600 for hour in range(YEAR)) / MONTHS
    out = requests * 350 / GIB
    logged = requests * log_bytes / GIB
    return (
        one("waf.acl_month")
        + 4 * one("waf.rule_month")
        + requests * one("waf.request.1500")
        + in_tiers("transfer.out_gb", out)
        + logged * (one("logs.ingested_gb") + one("logs.stored_gb_month") * 30 / (730 / 24))
    )


def agrees(bill: Bill, lived: float) -> bool:
    return float(bill.usd) == pytest.approx(lived, rel=0.001)


@pytest.mark.parametrize("mean", [0.5, 3_000, 40_000])
def test_a_fleet_of_fixed_performance(mean: float):
    week = demand.diurnal(mean)
    bill = fleet_bill(
        FleetShape(instance_type="c7g.large"), Demand(rates=week), CAPACITY, REGION, ASSUMPTIONS
    )
    assert agrees(bill, lived_through(week, "c7g.large", 2) + around(week))


@pytest.mark.parametrize(("mean", "factor"), [(2_000, 4.0), (9_000, 1.5), (20_000, 3.0)])
def test_a_fleet_of_burstable_instances_with_their_credits(mean: float, factor: float):
    week = demand.peaking(mean, factor)
    bill = fleet_bill(
        FleetShape(instance_type="t4g.small"), Demand(rates=week), CAPACITY, REGION, ASSUMPTIONS
    )
    lived = lived_through(week, "t4g.small", 2, earns=24, credit_usd=one("credits.t4g")) + around(week)
    assert agrees(bill, lived)
    assert any(line.item == "CPU credits" for line in bill.lines)


def test_a_fleet_whose_floor_is_committed_for_three_years():
    week = demand.peaking(30_000, 12.0)
    shape = FleetShape(instance_type="c7g.large", purchase=Purchase(commitment="3y"))
    bill = fleet_bill(shape, Demand(rates=week), CAPACITY, REGION, ASSUMPTIONS)
    committed = usd_per_hour("c7g.large", "three_years_usd_per_hour", "ec2_reserved.csv")
    lived = lived_through(week, "c7g.large", 2, floor_usd=committed) + around(week)
    # The tool may commit to more than the floor where that pays, and never costs more.
    assert float(bill.usd) <= lived * 1.001
    assert float(bill.usd) >= lived * 0.9


@pytest.mark.parametrize("mean", [0.02, 40, 5_000])
def test_a_function(mean: float):
    week = demand.diurnal(mean)
    shape = FunctionShape(memory_mb=512, architecture="arm64")
    bill = function_bill(shape, Demand(rates=week), CAPACITY, REGION, ASSUMPTIONS)
    scores = {it["type"]: float(it["coremark"]) for it in table("cpu_scores.csv")}
    per_vcpu = CAPACITY.requests_per_second_per_vcpu * scores["c6g.large"] / scores["m7i.large"]
    billed_ms = math.ceil(1_000 / per_vcpu * 1769 / 512 + 1.0) + 0.001 * 400 * 1769 / 512
    gb_seconds = requests = 0.0
    for hour in range(YEAR):
        requests += week[hour % 168] * 3600
        gb_seconds += week[hour % 168] * 3600 * billed_ms / 1000 * 0.5
    lived = (
        in_tiers("apigateway.rest_request", requests / MONTHS)
        + requests / MONTHS * one("lambda.request")
        + in_tiers("lambda.gb_second.arm64", gb_seconds / MONTHS)
        + around(week, log_bytes=350 + 400)
    )
    assert agrees(bill, lived)
