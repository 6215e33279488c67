"""The monthly bill by an independent simulation of every hour of a year.

It shares nothing with what it checks but the CSV files and the rules that AWS bills by. Instances are counted
one by one, each with its own credits, boots and way of being bought.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.fleet_shape import FleetShape, WarmPool
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.bill.sizing import SizingPolicy
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import DATA, project_snapshot

if TYPE_CHECKING:
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.prices.snapshot import RegionPrices

YEAR = 52 * 168
"""Hours; one day less than a year, so that every hour of the week comes equally often."""

MONTHS = YEAR / 730
GIB = 1024**3
BOOT_HOURS = 120 / 3600
CAPACITY = read_capacity()
WIRE_BITS = 8 * (500 + 150 + 2 * (14 + 20 + 32))
"""Bits of a request on the wire: its bytes, the balancer's headers, and the headers of two packets."""
HEADROOM = {"<5%": 1.05, "5-10%": 1.10, "10-15%": 1.15, "15-20%": 1.20, ">20%": 1.25, "": 1.25}


@cache
def table(name: str) -> list[dict[str, str]]:
    lines = (Path(DATA) / name).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def row(file: str, region: str, name: str) -> dict[str, str]:
    (found,) = [it for it in table(file) if (it["region"], it["type"]) == (region, name)]
    return found


@cache
def steps(item: str, region: str) -> list[tuple[float, float, float]]:
    for place in (region, "global", "us-east-1"):
        rows = [it for it in table("services.csv") if it["item"] == item and it["region"] == place]
        if rows:
            break
    return [
        (float(it["tier_from"]), float(it["tier_to"] or "inf"), float(it["usd"]) / float(it["per"]))
        for it in rows
    ]


def in_tiers(item: str, amount: float, region: str) -> float:
    return sum(max(0.0, min(amount, end) - start) * usd for start, end, usd in steps(item, region))


def one(item: str, region: str) -> float:
    return steps(item, region)[0][2]


def score(name: str) -> float:
    (found,) = [float(it["coremark"]) for it in table("cpu_scores.csv") if it["type"] == name]
    return found


def requests_per_second(name: str) -> float:
    assert CAPACITY.like == "m7i.large"
    return CAPACITY.requests_per_second_per_vcpu * score(name) / (score("m7i.large") / 2)


@dataclass(frozen=True, kw_only=True)
class SimulatedFleet:
    """Fleet that is simulated."""

    name: str
    vcpus: int = 2
    earns: int = 0
    credits: str = ""
    unlimited: bool = True
    region: str = "us-east-1"
    zones: int = 2
    minimum: int = 2
    target: float = 0.6
    commitment: str = ""
    spot: float = 0.0
    free_tier: bool = False
    warm_up_to: int = 0
    nat_gateways: int = 0

    @property
    def lasting(self) -> float:
        """Share of the processor that lasts: with standard credits, the earned one."""
        return 1.0 if self.unlimited else self.earns / (self.vcpus * 60)

    def shape(self) -> FleetShape:
        commitments = {"": "none", "one_year_usd_per_hour": "1y", "three_years_usd_per_hour": "3y"}
        purchase = PurchaseOptions(spot_percent=round(self.spot * 100))
        return FleetShape(
            instance_type=self.name,
            policy=SizingPolicy(target_utilisation=self.target, zones=self.zones, minimum=self.minimum),
            purchase=replace(purchase, commitment=commitments[self.commitment]),
            unlimited_credits=self.unlimited,
            warm_pool=WarmPool(maximum_prepared=self.warm_up_to) if self.warm_up_to else None,
            shared=SharedServices(zones=self.zones, nat_gateways=self.nat_gateways, alarms=13, dashboards=4),
        )


@cache
def gbps(name: str, which: str) -> float:
    (found,) = [it for it in table("instance_types.csv") if it["type"] == name]
    return float(found[f"network_{which}_gbps"])


def needed_instances(rate: float, throughput: float, it: SimulatedFleet) -> int:
    count = it.minimum
    while (
        rate / count > min(it.target, it.lasting) * throughput * (1 + 1e-12)
        or rate * WIRE_BITS > count * gbps(it.name, "baseline") * 1e9 * (1 + 1e-12)
        or rate > (count - math.ceil(count / it.zones)) * throughput * min(0.85, it.lasting) * (1 + 1e-12)
        or rate * WIRE_BITS > (count - math.ceil(count / it.zones)) * gbps(it.name, "burst") * 1e9
    ):
        count += 1
    return count


def simulate(week: tuple[float, ...], it: SimulatedFleet) -> tuple[float, float]:
    """Return the USD per month for instances with disks and credits, and for load balancer and gateways."""
    throughput = requests_per_second(it.name)
    needs = [needed_instances(rate, throughput, it) for rate in week]
    hours: dict[int, float] = {}
    balances: list[float] = []
    surplus = balancer = waiting = 0.0
    for hour in range(2 * 168 + YEAR):
        counts = hour >= 2 * 168  # two weeks to settle
        rate, need = week[hour % 168], needs[hour % 168]
        while len(balances) > need:
            surplus += counts * max(0.0, -balances.pop()) / 60
        for number in range(need):
            booted = number >= len(balances)
            if booted:
                balances.append(0.0)
            if counts:
                hours[number] = hours.get(number, 0.0) + 1 + booted * BOOT_HOURS
            left = balances[number] + it.earns - rate / need / throughput * it.vcpus * 60
            if left < -24 * it.earns:
                surplus += counts * (-24 * it.earns - left) / 60
            balances[number] = min(max(left, -24 * it.earns), 24 * it.earns)
        if counts:
            waiting += max(0, it.warm_up_to - need) if it.warm_up_to else 0
            balancer += one("alb.hour", it.region) + it.zones * one("ipv4.hour", it.region)
            connections = rate / 10
            notes = (rate + connections) * 3600 * 60 / GIB
            balancer += notes * 30 / (730 / 24) * one("s3.gb_month", it.region)
            balancer += one("alb.lcu_hour", it.region) * max(
                connections / 25, connections * 60 / 3000, rate * 3600 * (500 + 350) / 1e9
            )
    disks = (sum(hours.values()) + waiting) * 8 * one("ebs.gb_month", it.region) / 730
    outward = sum(hours.values()) / 730 * bool(it.nat_gateways)
    elsewhere = (it.zones - it.nat_gateways) / it.zones
    nat = it.nat_gateways * YEAR * one("nat.hour", it.region) + outward * (
        one("nat.gb", it.region) + 2 * elsewhere * one("transfer.cross_zone_gb", it.region)
    )
    charged = surplus * one(it.credits, it.region) if it.credits and it.unlimited else 0.0
    bought = sum(usd_of_instance(each, it) for each in hours.values())
    return (bought + disks + charged) / MONTHS, (balancer + nat) / MONTHS


def usd_of_instance(hours: float, it: SimulatedFleet) -> float:
    """Return the USD per year for an instance, given its running hours."""
    on_demand = float(row("ec2_on_demand.csv", it.region, it.name)["usd_per_hour"])
    at_spot = on_demand
    if it.spot:
        offered = row("ec2_spot.csv", it.region, it.name)
        at_spot = min(on_demand, float(offered["usd_per_hour"]) * HEADROOM[offered["interruptions"]])
    flexible = hours * (it.spot * at_spot + (1 - it.spot) * on_demand)
    committed = on_demand
    if it.commitment:
        committed = float(row("ec2_reserved.csv", it.region, it.name)[it.commitment])
    return YEAR * committed if hours >= YEAR else min(flexible, YEAR * committed)


def shared(
    week: tuple[float, ...],
    *,
    log_bytes: tuple[int, int] = (0, 0),
    region: str = "us-east-1",
    free_tier: bool = False,
    firewall: bool = True,
) -> float:
    requests = sum(week[hour % 168] * 3600 for hour in range(YEAR)) / MONTHS
    out = requests * 350 / GIB - 100 * free_tier
    vended, sent = (requests * size / GIB for size in log_bytes)
    # Two rate limits, three managed groups, and the exception for large bodies.
    guard = one("waf.acl_month", region) + 6 * one("waf.rule_month", region)
    guard += requests * one("waf.request.1500", region)
    watching = (13 - 10 * free_tier) * one("alarm.month", region)
    watching += (4 - 3 * free_tier) * one("dashboard.month", region)
    return (
        guard * firewall
        + watching
        + in_tiers("transfer.out_gb", max(0.0, out), region)
        + in_tiers("logs.vended_gb", vended, region)
        + in_tiers("logs.ingested_gb", sent, region)
        + (vended + sent) * 0.15 * one("logs.stored_gb_month", region) * 30 / (730 / 24)
    )


AROUND = {"firewall", "inspected requests", "data to the internet", "logs", "alarms", "dashboards"}
GATES = {
    *("load balancer", "load balancer capacity", "load balancer logs", "public addresses"),
    *("NAT gateways", "data through NAT"),
}


def split_bill(bill: Bill) -> tuple[float, float, float]:
    """Return the sums of three parts of a bill, so that a large part can't hide the error of a small one."""

    def total(items: set[str]) -> float:
        return sum(float(line.usd) for line in bill.lines if line.item in items)

    others = {line.item for line in bill.lines} - AROUND - GATES
    return total(others), total(GATES), total(AROUND)


@cache
def load_region(name: str) -> RegionPrices:
    return project_snapshot().region(name)


ONE_YEAR, THREE_YEARS = "one_year_usd_per_hour", "three_years_usd_per_hour"
FIXED = SimulatedFleet(name="c7g.large")
SMALL = SimulatedFleet(name="t4g.small", earns=24, credits="credits.t4g")


@pytest.mark.parametrize(
    ("week", "fleet"),
    [
        (weekly_demand.diurnal(0.5), FIXED),
        (weekly_demand.diurnal(3_000), FIXED),
        (weekly_demand.diurnal_with_peak(40_000, 6.0), FIXED),
        (weekly_demand.diurnal_with_peak(20_000, 3.0), replace(FIXED, zones=3, minimum=4, target=0.85)),
        (weekly_demand.diurnal_with_peak(20_000, 3.0), replace(FIXED, region="sa-east-1", free_tier=True)),
        (weekly_demand.diurnal_with_peak(60_000, 12.0), replace(FIXED, commitment=ONE_YEAR)),
        (weekly_demand.diurnal_with_peak(60_000, 12.0), replace(FIXED, commitment=THREE_YEARS)),
        (weekly_demand.diurnal_with_peak(60_000, 4.0), replace(FIXED, commitment=THREE_YEARS, spot=0.35)),
        (weekly_demand.diurnal_with_peak(60_000, 4.0), replace(FIXED, spot=1.0, name="m7i.large")),
        (weekly_demand.diurnal_with_peak(30_000, 4.0), replace(FIXED, warm_up_to=12, nat_gateways=1)),
        (weekly_demand.diurnal_with_peak(2_000, 4.0), SMALL),
        (weekly_demand.diurnal_with_peak(9_000, 1.5), SMALL),
        (weekly_demand.diurnal_with_peak(20_000, 3.0), SMALL),
        (weekly_demand.diurnal_with_peak(20_000, 3.0), replace(SMALL, unlimited=False)),
        (
            weekly_demand.diurnal_with_peak(20_000, 3.0),
            replace(SMALL, commitment=ONE_YEAR, spot=0.5, zones=3),
        ),
        (
            weekly_demand.diurnal_with_peak(9_000, 8.0),
            SimulatedFleet(name="t3.xlarge", vcpus=4, earns=96, credits="credits.t3", target=0.3),
        ),
    ],
)
def test_a_fleet(week: tuple[float, ...], fleet: SimulatedFleet):
    assumptions = Assumptions(free_tier=fleet.free_tier)
    bill = fleet_bill(fleet.shape(), Demand(rates=week), CAPACITY, load_region(fleet.region), assumptions)
    simulated = (
        *simulate(week, fleet),
        shared(week, region=fleet.region, free_tier=fleet.free_tier),
    )
    assert split_bill(bill) == pytest.approx(simulated, rel=0.001)


@pytest.mark.parametrize("mean", [0.02, 40, 5_000])
@pytest.mark.parametrize(
    "shape",
    [
        FunctionShape(memory_mb=512),
        FunctionShape(memory_mb=1_769, architecture="x86_64", api="http"),
        FunctionShape(memory_mb=1_024, provisioned=3),
        FunctionShape(memory_mb=1_024, snap_start=True, traced=True, access_log=False),
    ],
    ids=lambda shape: shape.name,
)
def test_a_function(shape: FunctionShape, mean: float):
    region = "us-east-1"
    week = weekly_demand.diurnal(mean)
    watched = replace(shape, shared=SharedServices(alarms=13, dashboards=4))
    bill = function_bill(watched, Demand(rates=week), CAPACITY, load_region(region), Assumptions())
    like = {"arm64": ("c6g.large", 2), "x86_64": ("m5.large", 2)}[shape.architecture]
    per_vcpu = CAPACITY.requests_per_second_per_vcpu * score(like[0]) / like[1] / (score("m7i.large") / 2)
    share = min(1.0, shape.memory_mb / 1769)
    exact_ms = 1_000 / per_vcpu / share + 1.0
    billed_ms = math.ceil(exact_ms)
    cold_ms = 0.0 if shape.snap_start else 0.001 * 400 / share
    gb = shape.memory_mb / 1024
    requests = cold = warm = traces = 0.0
    for hour in range(YEAR):
        rate = week[hour % 168]
        taken = min(rate, shape.provisioned * 1_000 / exact_ms)
        requests += rate * 3600
        warm += taken * 3600 * billed_ms / 1000 * gb
        cold += (rate - taken) * 3600 * (billed_ms + cold_ms) / 1000 * gb
        traces += (min(rate, 1) + max(0.0, rate - 1) * 0.05) * 3600
    arch = shape.architecture
    simulated = in_tiers(f"apigateway.{shape.api}_request", requests / MONTHS, region)
    simulated += requests / MONTHS * one("lambda.request", region)
    simulated += in_tiers(f"lambda.gb_second.{arch}", cold / MONTHS, region)
    simulated += warm / MONTHS * one(f"lambda.provisioned_duration_gb_second.{arch}", region)
    waiting = shape.provisioned * gb * 3600 * YEAR
    simulated += waiting / MONTHS * one(f"lambda.provisioned_gb_second.{arch}", region)
    if shape.snap_start:
        simulated += gb * 3600 * 730 * one("lambda.snapstart_cache_gb_second", region)
        simulated += 0.001 * requests / MONTHS * gb * one("lambda.snapstart_restore_gb", region)
    if shape.traced:
        simulated += traces / MONTHS * one("xray.trace", region)
    beside = shared(week, log_bytes=(350, 400 * shape.access_log), firewall=shape.api == "rest")
    assert split_bill(bill) == pytest.approx((simulated, 0.0, beside), rel=0.001)
