"""Parts of a function's bill: provisioned concurrency that follows the demand, plans, logs and throttles."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.function import FunctionShape, function_bill, monthly_usage
from scripts.cost.bill.savings_plan import PlanCost, plan_cost
from scripts.cost.capacity.vcpu_throughput import function_milliseconds, read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.prices.tariff import PriceTier

if TYPE_CHECKING:
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.prices.commitments import Commitment
    from scripts.cost.prices.snapshot import RegionPrices

PRICES = project_snapshot().region("us-east-1")
CAPACITY = read_capacity().at(5_000)
ASSUMPTIONS = Assumptions()
MONTH = 730 * 3_600


def steady(rate: float) -> Demand:
    return Demand(rates=weekly_demand.constant(rate))


def billed(shape: FunctionShape, rate: float, assumptions: Assumptions = ASSUMPTIONS) -> Bill:
    return function_bill(shape, steady(rate), CAPACITY, PRICES, assumptions)


SHAPE = FunctionShape(memory_mb=1_024)
REQUEST_MS = function_milliseconds(CAPACITY, "arm64", 1_024) + ASSUMPTIONS.function_overhead_ms


@pytest.mark.parametrize(
    ("busy", "environments"),
    [
        (0, 2),
        (0.999, 2),
        (1.001, 3),  # more than half of two
        (2.1, 5),
        (4.999, 10),
        (5.001, 10),
    ],
)
def test_provisioned_concurrency_keeps_its_utilisation_within_its_bounds(busy: float, environments: int):
    shape = replace(SHAPE, provisioned=2, maximum_provisioned=10, provisioned_utilisation=0.5)
    # Environments that are busy at a time (Little's law).
    usage = monthly_usage(shape, steady(busy * 1_000 / REQUEST_MS), CAPACITY, ASSUMPTIONS)
    assert usage.provisioned * usage.provisioned_seconds == environments * MONTH


def test_without_a_maximum_provisioned_concurrency_stays_and_the_other_requests_are_on_demand():
    shape = replace(SHAPE, provisioned=3, provisioned_utilisation=0.5)
    rate = 5 * 1_000 / REQUEST_MS
    usage = monthly_usage(shape, steady(rate), CAPACITY, ASSUMPTIONS)
    assert usage.provisioned_seconds == 3 * MONTH
    assert usage.provisioned_requests == pytest.approx(rate * MONTH * 3 / 5, rel=1e-6)
    assert usage.requests == pytest.approx(rate * MONTH * 2 / 5, rel=1e-6)


def test_the_duration_is_shown_in_the_gb_seconds_of_all_requests():
    shape = replace(SHAPE, memory_mb=512, provisioned=3)
    request_ms = function_milliseconds(CAPACITY, "arm64", 512) + ASSUMPTIONS.function_overhead_ms
    rate = 5 * 1_000 / request_ms
    usage = monthly_usage(shape, steady(rate), CAPACITY, ASSUMPTIONS)
    assert usage.provisioned_requests > 0
    milliseconds = (
        usage.requests * usage.milliseconds + usage.provisioned_requests * usage.provisioned_milliseconds
    )
    (line,) = [it for it in billed(shape, rate).lines if it.item == "function duration"]
    assert line.quantity == milliseconds / 1_000 / 2


def test_a_restored_environment_skips_its_initialisation_and_each_cold_start_restores_one():
    rate, assumptions = 10, replace(ASSUMPTIONS, cold_start_percent=2.0, cold_start_ms=900.0)
    cold = monthly_usage(SHAPE, steady(rate), CAPACITY, assumptions)
    restored = monthly_usage(replace(SHAPE, snap_start=True), steady(rate), CAPACITY, assumptions)
    # With 1,024 of 1,769 MB a start takes longer.
    each = Decimal("0.02") * 900 * 1_769 / 1_024
    assert float(cold.milliseconds - restored.milliseconds) == pytest.approx(float(each))
    assert (cold.snapshots_restored, cold.snapshot_seconds) == (0, 0)
    assert (restored.snapshots_restored, restored.snapshot_seconds) == (rate * MONTH // 50, MONTH)
    assert restored.milliseconds == int(restored.milliseconds) >= REQUEST_MS


def test_a_function_that_is_called_without_an_api_logs_no_call_of_one():
    called, alone, silent = (
        billed(it, 100).item_usd("logs")
        for it in (
            SHAPE,
            replace(SHAPE, has_api=False),
            replace(SHAPE, has_api=False, access_log=False),
        )
    )
    assert called > alone == silent > 0


def test_an_http_api_costs_a_dollar_for_a_million_calls_and_a_rest_api_three_and_a_half():
    for api, usd in (("http", "1.00"), ("rest", "3.50")):
        shape = replace(SHAPE, api="http" if api == "http" else "rest")
        assert billed(shape, 100).item_usd("API calls") == Decimal(usd) * 100 * MONTH / 10**6


def test_the_throttle_and_the_concurrency_each_refuse_what_exceeds_them():
    reserved = replace(SHAPE, reserved_concurrency=2)
    most = 2 * 1_000 / REQUEST_MS
    both = replace(reserved, throttle_per_second=1.5 * most)
    for shape, rate, served in (
        (reserved, most * 0.99, most * 0.99),
        (reserved, most * 2, most),
        (both, most * 2, most),
        (replace(both, throttle_per_second=0.5 * most), most * 2, most / 2),
    ):
        found = billed(shape, rate)
        assert found.requests == pytest.approx(served * MONTH, abs=2)
        assert found.requests + found.refused == steady(rate).requests_per_month
        assert found.refused_share == pytest.approx(1 - served / rate, abs=1e-6)


def test_a_shape_is_named_by_what_makes_it_differ():
    assert FunctionShape().name == "arm64 1769 MB, REST"
    shape = FunctionShape(memory_mb=512, architecture="x86_64", api="http", provisioned=3, snap_start=True)
    assert shape.name == "x86_64 512 MB, HTTP, 3 warm, SnapStart"


# --- Savings Plans ---

ON_DEMAND, PLAN = Decimal("0.0000133334"), Decimal("0.0000117")
"""USD of a GB-second of an arm64 function, on demand and under a plan without upfront payment."""

WEEKS = Decimal(730) / 168


def plan(
    *hours: int, free: int = 0, commitment: Commitment = "1y-no-upfront", prices: RegionPrices = PRICES
) -> PlanCost:
    week = [Decimal(it) for it in hours]
    return plan_cost(prices, commitment, "arm64", week, free_gb_seconds=free)


# The plan costs 87.7 % of the price on demand, so an hour's use must recur in 148 of 168 hours.
@pytest.mark.parametrize(("hours", "committed"), [(147, 100), (148, 500), (168, 500)])
def test_a_plan_covers_what_is_used_in_so_many_hours_that_it_costs_less(hours: int, committed: int):
    found = plan(*[500] * hours, *[100] * (168 - hours))
    assert found.committed_gb_seconds == committed * 730
    assert found.usd == committed * 730 * PLAN
    assert round(found.covered_gb_seconds / WEEKS, 9) == (
        committed * 168 if committed == 100 else 500 * hours + 100 * (168 - hours)
    )
    assert found.upfront_usd == 0


def test_a_plan_covers_only_what_is_not_free():
    found = plan(*[1_000] * 168, free=400_000)
    # 730,000 GB-seconds a month, of which 400,000 are free.
    assert round(found.committed_gb_seconds, 6) == round(found.covered_gb_seconds, 6) == 330_000
    whole = 730 * 1_000
    assert plan(*[1_000] * 168, free=whole) == PlanCost()
    assert 0 < plan(*[1_000] * 168, free=whole - 1).committed_gb_seconds < 2
    assert plan(*[0] * 168) == PlanCost()


# Savings Plans API reference, "CreateSavingsPlan": a partial payment is at least half of the plan.
def test_of_a_partial_payment_half_of_the_term_is_due_at_its_start():
    listed = PRICES.tariff("lambda.plan_gb_second.no_upfront.arm64")
    item = "lambda.plan_gb_second.partial_upfront.arm64"
    partly = replace(listed, item=item, tiers=(PriceTier(Decimal(0), Decimal("0.00001")),))
    found = plan(
        *[100] * 168,
        commitment="1y-partial-upfront",
        prices=replace(PRICES, services={**PRICES.services, item: partly}),
    )
    assert found.usd == 100 * 730 * Decimal("0.00001")
    assert found.upfront_usd == 100 * 8_760 * Decimal("0.00001") / 2


def test_provisioned_concurrency_stays_on_demand_beside_a_plan():
    shape = replace(SHAPE, provisioned=3, commitment="1y-no-upfront")
    rate = 5 * 1_000 / REQUEST_MS
    usage = monthly_usage(shape, steady(rate), CAPACITY, ASSUMPTIONS)
    found, plain = (billed(it, rate) for it in (shape, replace(shape, commitment="none")))
    uncovered = usage.requests * usage.milliseconds / 1_000
    assert float(found.item_usd("Savings Plan")) == pytest.approx(float(uncovered * PLAN), rel=1e-6)
    saved = plain.item_usd("function duration") - found.item_usd("function duration")
    assert float(saved) == pytest.approx(float(uncovered * ON_DEMAND), rel=1e-6)
    assert found.item_usd("provisioned concurrency") == plain.item_usd("provisioned concurrency") > 0


def test_the_free_tier_of_the_duration_leaves_less_for_a_plan():
    rate, free = 400, replace(ASSUMPTIONS, free_tier=True)
    shape = replace(SHAPE, commitment="1y-no-upfront")
    paid, less = (billed(shape, rate, it) for it in (ASSUMPTIONS, free))
    assert float(paid.item_usd("Savings Plan") - less.item_usd("Savings Plan")) == pytest.approx(
        float(400_000 * PLAN), rel=1e-6
    )
