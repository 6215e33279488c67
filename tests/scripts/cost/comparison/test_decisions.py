"""Ten decisions, five demands in two regions, by independent arithmetic over the CSV files.

It shares nothing with the command but the figures: a loop over all types and numbers of instances finds the
cheapest fleet that carries the load, and a sum over price tiers the bill of the function.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from functools import cache

import pytest

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.comparison.comparison import compare_costs
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import DATA, project_snapshot

MEASURED = json.loads((DATA / "capacity.json").read_text(encoding="utf-8"))
"""The project's own measurement, of which the middle counts."""

HOURS = 730
GIB = 1024**3
EARNED = {"nano": 6, "micro": 12, "small": 24, "medium": 24, "large": 36, "xlarge": 96, "2xlarge": 192}


@cache
def rows(name: str) -> list[dict[str, str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def price(item: str, region: str, amount: float = 1.0) -> float:
    """Return the USD of an amount: of the region, of all regions, or of us-east-1."""
    known = [it for it in rows("services.csv") if it["item"] == item]
    places = ([it for it in known if it["region"] == place] for place in (region, "global", "us-east-1"))
    return sum(
        max(0.0, min(amount, float(it["tier_to"] or "inf")) - float(it["tier_from"]))
        * float(it["usd"])
        / float(it["per"])
        for it in next(filter(None, places))
    )


@cache
def throughput(name: str, load: Load) -> float:
    """Return the requests per second of a type; the measured machine has two vCPUs."""
    scores = {it["type"]: float(it["coremark"]) for it in rows("cpu_scores.csv")}
    further = max(load.request_bytes, load.response_bytes, 500) - 500
    seconds = 1 / MEASURED["requests_per_second_per_vcpu"] + further * MEASURED["seconds_per_byte"]
    return scores[name] / (scores[MEASURED["like"]] / 2) / seconds


def on_the_wire(size: int) -> int:
    return size + 66 * (math.ceil(size / 1_448) + 1)


@dataclass(frozen=True)
class Load:
    """Constant load."""

    rate: float
    request_bytes: int = 500
    response_bytes: int = 350

    @property
    def requests(self) -> float:
        return self.rate * 3_600 * HOURS

    @property
    def bits(self) -> float:
        return self.rate * 8 * max(on_the_wire(self.request_bytes + 150), on_the_wire(self.response_bytes))


def carries(load: Load, machine: dict[str, str], count: int) -> bool:
    survivors = count - math.ceil(count / 2)
    each = throughput(machine["type"], load)
    return (
        load.rate <= 0.6 * count * each * (1 + 1e-12)
        and load.rate <= 0.85 * survivors * each * (1 + 1e-12)
        and load.bits <= count * float(machine["network_baseline_gbps"]) * 1e9 * (1 + 1e-12)
        and load.bits <= survivors * float(machine["network_burst_gbps"]) * 1e9
    )


def cheapest_fleet(load: Load, region: str) -> tuple[float, str, int]:
    """Return the USD per month, the type and the number of the cheapest instances that carry the load."""
    listed = [it for it in rows("ec2_on_demand.csv") if it["region"] == region]
    hourly = {it["type"]: float(it["usd_per_hour"]) for it in listed}
    found: list[tuple[float, str, int]] = []
    for machine in rows("instance_types.csv"):
        name, vcpus = machine["type"], int(machine["vcpu"])
        if name not in hourly or float(machine["memory_gib"]) < 1:
            continue
        count = next((it for it in range(2, 1_001) if carries(load, machine, it)), None)
        if count is None:
            continue
        family, size = name.split(".")
        surplus = 0.0
        if family in {"t3", "t3a", "t4g"}:
            busy = load.rate / count / throughput(name, load)
            hours = count * HOURS * max(0.0, busy * vcpus - EARNED[size] / 60)
            surplus = hours * price(f"credits.{family.rstrip('a')}", region)
        disks = count * 8 * price("ebs.gb_month", region)
        found.append((count * hourly[name] * HOURS + disks + surplus, name, count))
    return min(found)


def around(load: Load, region: str) -> float:
    """Return the USD of the firewall and the data to the internet, which both sides have."""
    firewall = price("waf.acl_month", region) + 6 * price("waf.rule_month", region)
    firewall += load.requests * price("waf.request.1500", region)
    return firewall + price("transfer.out_gb", region, load.requests * load.response_bytes / GIB)


def balancer(load: Load, region: str) -> float:
    connections = load.rate / 10
    gigabytes = load.rate * 3_600 * (load.request_bytes + load.response_bytes) / 1e9
    units = max(connections / 25, connections * 60 / 3_000, gigabytes)
    logs = load.requests * 1.1 * 60 / GIB * 30 * 24 / HOURS * price("s3.gb_month", region)
    hour = price("alb.hour", region) + units * price("alb.lcu_hour", region) + 2 * price("ipv4.hour", region)
    return hour * HOURS + logs


def function(load: Load, region: str) -> float:
    milliseconds = math.ceil(1_000 / (throughput("c6g.large", load) / 2) + 1) + 0.001 * 400
    seconds = load.requests * milliseconds / 1_000 * 1_769 / 1_024
    lines, calls = load.requests * 350 / GIB, load.requests * 400 / GIB
    kept = (lines + calls) * 0.15 * 30 * 24 / HOURS * price("logs.stored_gb_month", region)
    return (
        price("apigateway.rest_request", region, load.requests)
        + load.requests * price("lambda.request", region)
        + price("lambda.gb_second.arm64", region, seconds)
        + price("logs.vended_gb", region, lines)
        + price("logs.ingested_gb", region, calls)
        + kept
        + around(load, region)
    )


LOADS = {
    "a few requests": Load(1),
    "a small service": Load(20),
    "a busy service": Load(2_000),
    "a flood": Load(50_000),
    "large bodies": Load(2_000, request_bytes=100_000, response_bytes=100_000),
}


@pytest.mark.parametrize(
    ("name", "region", "side", "machine", "count"),
    [
        ("a few requests", "us-east-1", "function", "t4g.micro", 2),
        ("a small service", "us-east-1", "fleet", "t4g.micro", 2),
        ("a busy service", "us-east-1", "fleet", "t4g.micro", 2),
        ("a flood", "us-east-1", "fleet", "t4g.micro", 5),
        ("large bodies", "us-east-1", "fleet", "c7g.large", 2),
        ("a few requests", "sa-east-1", "function", "t4g.micro", 2),
        ("a small service", "sa-east-1", "fleet", "t4g.micro", 2),
        ("a busy service", "sa-east-1", "fleet", "t4g.micro", 2),
        ("a flood", "sa-east-1", "fleet", "t4g.micro", 5),
        ("large bodies", "sa-east-1", "fleet", "c7g.large", 2),
    ],
)
def test_the_advice_is_that_of_independent_arithmetic(
    name: str, region: str, side: str, machine: str, count: int
):
    load = LOADS[name]
    instances, best, number = cheapest_fleet(load, region)
    fleet = instances + balancer(load, region) + around(load, region)
    lambda_ = function(load, region)
    assert (best, number, "fleet" if fleet < lambda_ else "function") == (machine, count, side)
    found = compare_costs(
        Scenario(
            demand=Demand(
                rates=weekly_demand.constant(load.rate),
                request_bytes=load.request_bytes,
                response_bytes=load.response_bytes,
            ),
            capacity=read_capacity(),
            prices=project_snapshot().region(region),
            assumptions=Assumptions(),
            shape=FleetShape(instance_type=machine),
            function=FunctionShape(),
        )
    )
    advised = found.recommended
    assert advised
    assert advised.running.shape.instance_type == machine
    assert set(advised.running.sizing.counts.tolist()) == {count}
    assert float(advised.running.usd) == pytest.approx(instances, rel=1e-6)
    assert float(advised.usd) == pytest.approx(fleet, rel=1e-6)
    assert float(found.function.usd) == pytest.approx(lambda_, rel=1e-6)
    assert ("fleet" if advised.usd < found.function.usd else "function") == side
