"""CloudWatch Logs, with AWS's prices of us-east-1."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.rates.logs import INGESTED, VENDED, LogVolume, log_cost

PRICES = project_snapshot().region("us-east-1")
VOLUMES = st.decimals(min_value=0, max_value=10**6, places=3)


def usd(*volumes: tuple[str, int], days: int = 0, free_gb: int = 0) -> Decimal:
    written = [LogVolume(item=item, gb=Decimal(gb)) for item, gb in volumes]
    return log_cost(PRICES, written, days=days, free_gb=Decimal(free_gb))


def test_sixty_terabytes_of_lambda_logs_cost_12800_dollars_since_may_2025_and_30720_before():
    terabyte = 1_024
    # 10 TB at 0.50, 20 at 0.25, 20 at 0.10 and 10 at 0.05.
    assert usd((VENDED, 60 * terabyte)) == Decimal(12_500) * terabyte / 1_000
    assert usd((INGESTED, 60 * terabyte)) == Decimal("0.50") * 60 * terabyte


def test_storage_is_billed_by_the_compressed_bytes():
    # A GB for 365 / 12 days is a month of 730 hours: 0.15 GB at 0.03.
    month = log_cost(PRICES, [LogVolume(item=INGESTED, gb=Decimal(100))], days=73, free_gb=Decimal(0))
    assert month == 50 + 100 * Decimal("0.15") * Decimal("0.03") * 73 * 24 / 730


def test_five_gigabytes_of_ingestion_and_storage_together_are_free():
    assert usd((VENDED, 5), free_gb=5) == 0
    assert usd((VENDED, 3), (INGESTED, 4), free_gb=5) == Decimal("0.50") * 2
    # 4 GB of ingestion leave one GB of the 5 for 4 * 0.15 * 365 / (730 / 24) GB-months.
    stored = Decimal(4) * Decimal("0.15") * 365 * 24 / 730
    assert usd((VENDED, 4), days=365, free_gb=5) == (stored - 1) * Decimal("0.03")


@given(VOLUMES, VOLUMES, st.integers(0, 400))
def test_more_logs_never_cost_less(some: Decimal, more: Decimal, days: int):
    def cost(gb: Decimal) -> Decimal:
        return log_cost(PRICES, [LogVolume(item=VENDED, gb=gb)], days=days, free_gb=Decimal(5))

    assert cost(some) <= cost(some + more)


@pytest.mark.parametrize("api", ["rest", "http"])
def test_both_kinds_of_api_write_an_access_log(api: str):
    week = Demand(rates=weekly_demand.constant(100))
    shape = FunctionShape(api="rest" if api == "rest" else "http")
    bills = [
        function_bill(it, week, read_capacity(), PRICES, Assumptions())
        for it in (shape, replace(shape, access_log=False))
    ]
    with_log, without = (sum(it.usd for it in bill.lines if it.item == "logs") for bill in bills)
    gb = Decimal(262_800_000 * 400) / 2**30
    per_gb = Decimal("0.5") + Decimal("0.15") * Decimal("0.03") * 30 * 24 / 730
    assert with_log - without == pytest.approx(gb * per_gb)
