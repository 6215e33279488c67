"""Billing rules that AWS's examples do not cover."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.reference_data import cpu_credits
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.prices.tariff import tier_problems
from scripts.cost.rates import api_gateway, credit_balance, data_transfer, lambda_, waf, xray
from scripts.cost.rates.lambda_ import FunctionUsage
from scripts.cost.rates.lcu import LoadBalancerHour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.prices.tariff import Tariff
    from scripts.cost.rates.api_gateway import ApiKind

PRICES = project_snapshot().region("us-east-1")
AMOUNTS = st.decimals(min_value=0, max_value=10**11, places=3)
TIERED = st.sampled_from(
    [PRICES.tariff(item) for item in ("transfer.out_gb", "apigateway.rest_request", "lambda.gb_second.arm64")]
)
QUIET = LoadBalancerHour(
    new_connections=Decimal(0), active_connections=Decimal(0), gigabytes=Decimal(0), requests=Decimal(0)
)


@given(TIERED, AMOUNTS, AMOUNTS)
def test_a_larger_quantity_never_costs_less(tariff: Tariff, some: Decimal, more: Decimal):
    assert tariff.cost(some) <= tariff.cost(some + more)


@given(TIERED, AMOUNTS)
def test_no_unit_costs_more_than_the_first_or_less_than_the_last(tariff: Tariff, amount: Decimal):
    assert amount * tariff.tiers[-1].usd <= tariff.cost(amount) <= amount * tariff.tiers[0].usd


def test_a_negative_quantity_is_rejected():
    with pytest.raises(ValueError, match="-1"):
        PRICES.tariff("alb.hour").cost(-1)


@pytest.mark.parametrize(
    ("dimension", "hour"),
    [
        ("new connections", replace(QUIET, new_connections=Decimal(75), requests=Decimal(75), rules=11)),
        ("active connections", replace(QUIET, active_connections=Decimal(9_000), gigabytes=Decimal(2))),
        ("processed bytes", replace(QUIET, gigabytes=Decimal(3), active_connections=Decimal(3_000))),
        ("rule evaluations", replace(QUIET, requests=Decimal(100), rules=40, gigabytes=Decimal("2.9"))),
    ],
)
def test_only_the_largest_dimension_is_billed(dimension: str, hour: LoadBalancerHour):
    assert hour.capacity_units == hour.dimensions[dimension] == 3


def test_the_first_ten_rules_are_free():
    usage = replace(QUIET, requests=Decimal(1_000), rules=10)
    assert usage.capacity_units == 0


def test_a_function_behind_a_load_balancer_fills_a_unit_with_less():
    usage = replace(QUIET, gigabytes=Decimal("0.4"), to_lambda=True)
    assert usage.capacity_units == 1


@pytest.mark.parametrize(
    ("units", "usd"),
    [(1_500, "0.60"), (1_501, "0.80"), (2_000, "0.80"), (2_001, "1.00"), (5_000, "2.00")],
)
def test_a_large_web_acl_makes_each_request_more_expensive(units: int, usd: str):
    assert waf.inspection_cost(PRICES, 1_000_000, capacity_units=units) == Decimal(usd)


def test_a_web_acl_that_aws_would_reject_has_no_price():
    with pytest.raises(ValueError, match="5000"):
        waf.request_item(5_001)


def test_a_snapshot_is_billed_for_at_least_three_hours():
    brief = FunctionUsage(memory_mb=1_024, architecture="arm64", snapshot_seconds=Decimal(60))
    kept = FunctionUsage(memory_mb=1_024, architecture="arm64", snapshot_seconds=Decimal(3 * 3_600))
    assert lambda_.snapshots(PRICES, brief) == lambda_.snapshots(PRICES, kept) > 0


def test_provisioned_concurrency_is_billed_in_steps_of_five_minutes():
    def lasting(seconds: int) -> Decimal:
        usage = FunctionUsage(
            memory_mb=1_024, architecture="arm64", provisioned=1, provisioned_seconds=Decimal(seconds)
        )
        return lambda_.provisioned(PRICES, usage)

    assert lasting(1) == lasting(300)
    assert lasting(301) == 2 * lasting(300)


def test_durations_are_rounded_up_to_the_millisecond():
    assert lambda_.billed_milliseconds(Decimal("1.01")) == 2
    assert lambda_.billed_milliseconds(Decimal(2)) == 2


def test_a_zone_without_a_nat_gateway_pays_cross_zone_transfer_twice():
    gb = Decimal(100)
    near = data_transfer.nat_cost(PRICES, gb, gateways=2, zones=2)
    far = data_transfer.nat_cost(PRICES, gb, gateways=1, zones=2)
    assert far - near == gb / 2 * Decimal("0.01") * 2


def test_the_first_hundred_gigabytes_to_the_internet_are_free_in_the_free_tier():
    assert data_transfer.internet_cost(PRICES, Decimal(100), free_tier=True) == 0
    assert data_transfer.internet_cost(PRICES, Decimal(101), free_tier=True) == Decimal("0.09")


def charged(*weeks: Sequence[float | None]) -> list[float]:
    """Return the surplus credits that a t3.small is charged for, week by week."""
    spent = np.array([[np.nan if it is None else it for it in week] for week in weeks])
    return list(credit_balance.surplus_per_cycle(24, spent, unlimited=True))


def test_a_busy_week_in_unlimited_mode_is_charged_exactly_what_exceeds_the_baseline():
    # A t3.small that always runs at 50 %: it spends 60 credits per hour and earns 24.
    assert charged([60.0] * 168) == pytest.approx([168 * (60 - 24)])


def test_a_terminated_instance_is_charged_for_its_surplus_credits():
    assert charged([60.0] * 4 + [None] * 20) == pytest.approx([4 * (60 - 24)])
    # An instance that runs over the end of the week is launched once, not twice.
    assert charged([60.0] * 2 + [None] * 20 + [0.0] * 2) == pytest.approx([2 * 60 - 4 * 24])


def test_each_instance_has_its_own_credits():
    idle, busy = [0.0] * 24, [60.0] * 24
    assert charged(idle, busy) == [*charged(idle), *charged(busy)] == pytest.approx([0, 24 * 36])


@given(st.lists(st.floats(0, 120), min_size=24, max_size=48))
def test_a_cycle_is_charged_no_more_than_was_spent_and_no_less_than_was_not_earned(spent: list[float]):
    (credits_charged,) = charged([*spent])
    assert -1e-6 <= credits_charged <= sum(spent) + 1e-6
    assert credits_charged >= sum(spent) - 24 * len(spent) - 1e-6


@given(st.lists(st.floats(0, 120), min_size=1, max_size=48))
def test_the_cycle_is_the_one_that_repeats(spent: list[float]):
    balance, last = np.zeros(1), 0.0
    maximum = credit_balance.maximum_credits(24)
    for _ in range(300):
        last = 0.0
        for hour in spent:
            balance, beyond = credit_balance.update_balance(
                balance, np.array([24 - hour]), lowest=-maximum, maximum=maximum
            )
            last += float(beyond[0])
    net = sum(spent) - 24 * len(spent)
    if abs(net) > 12:  # a slower drift takes longer to arrive
        assert charged([*spent]) == pytest.approx([last], abs=1e-6)


@given(st.lists(st.floats(0, 120), min_size=1, max_size=48))
def test_standard_mode_does_no_more_work_than_was_earned(spent: list[float]):
    (missing,) = credit_balance.surplus_per_cycle(24, np.array([spent]), unlimited=False)
    assert missing >= 0
    assert sum(spent) - missing <= 24 * len(spent) + credit_balance.maximum_credits(24) + 1e-6


# --- free tiers and billed quantities ---


def usd(item: str) -> Decimal:
    """Return the price of one unit."""
    return PRICES.tariff(item).usd


@pytest.mark.parametrize(
    ("number", "free_tier", "paid"),
    [(0, True, 0), (1_000_000, True, 0), (1_000_001, True, 1), (0, False, 0), (1, False, 1)],
)
def test_a_million_requests_are_free_and_none_without_the_free_tier(
    number: int,
    free_tier: bool,  # noqa: FBT001 - a parameter of the test
    paid: int,
):
    usage = FunctionUsage(memory_mb=128, architecture="arm64", requests=number)
    assert lambda_.requests(PRICES, usage, free_tier=free_tier) == paid * usd("lambda.request")


@pytest.mark.parametrize(
    ("seconds", "free_tier", "paid"),
    [(0, True, 0), (200_000, True, 0), (200_001, True, 2), (0, False, 0), (1, False, 2)],
)
def test_so_many_seconds_of_memory_are_free_and_none_without_the_free_tier(
    seconds: int,
    free_tier: bool,  # noqa: FBT001 - a parameter of the test
    paid: int,
):
    usage = FunctionUsage(
        memory_mb=2_048, architecture="arm64", requests=seconds, milliseconds=Decimal(1_000)
    )
    assert lambda_.duration(PRICES, usage, free_tier=free_tier) == paid * usd("lambda.gb_second.arm64")


@pytest.mark.parametrize(("seconds", "paid"), [(0, 0), (1, 10_800), (10_800, 10_800), (10_801, 10_801)])
def test_a_snapshot_is_billed_by_its_memory_and_for_at_least_three_hours(seconds: int, paid: int):
    usage = FunctionUsage(memory_mb=4_096, architecture="arm64", snapshot_seconds=Decimal(seconds))
    assert lambda_.snapshots(PRICES, usage) == paid * 4 * usd("lambda.snapstart_cache_gb_second")


def test_a_restored_snapshot_is_billed_by_its_memory():
    usage = FunctionUsage(memory_mb=512, architecture="arm64", snapshots_restored=10)
    assert lambda_.snapshots(PRICES, usage) == 5 * usd("lambda.snapstart_restore_gb")


# https://aws.amazon.com/xray/pricing/: 100,000 traces a month are free.
@pytest.mark.parametrize(
    ("traces", "free_tier", "paid"),
    [(0, True, 0), (100_000, True, 0), (100_001, True, 1), (0, False, 0), (1, False, 1)],
)
def test_a_hundred_thousand_traces_are_free_and_none_without_the_free_tier(
    traces: int,
    free_tier: bool,  # noqa: FBT001 - a parameter of the test
    paid: int,
):
    assert xray.trace_cost(PRICES, traces, free_tier=free_tier) == paid * usd("xray.trace")


# X-Ray developer guide, "Configuring sampling rules": the first request each second, and 5 % of the others.
@pytest.mark.parametrize(("rate", "traces"), [(0, 0), (0.5, 0.5), (1, 1), (2, 1.05), (101, 6)])
def test_the_default_rule_traces_one_request_a_second_and_a_twentieth_of_the_others(
    rate: float, traces: float
):
    assert xray.traces_per_second(rate) == pytest.approx(traces)


# https://aws.amazon.com/api-gateway/pricing/: HTTP APIs are metered in 512 KB increments, REST APIs are not.
@pytest.mark.parametrize(
    ("kind", "payload", "times"),
    [
        ("http", 0, 1),
        ("http", 524_288, 1),
        ("http", 524_289, 2),
        ("http", 1_048_577, 3),
        ("rest", 0, 1),
        ("rest", 10_485_760, 1),
    ],
)
def test_an_http_api_counts_a_request_by_its_size_and_a_rest_api_once(
    kind: ApiKind, payload: int, times: int
):
    price = usd(f"apigateway.{kind}_request")
    assert api_gateway.call_cost(PRICES, kind, 7, payload_bytes=payload) == 7 * times * price
    assert api_gateway.call_cost(PRICES, kind, 7) == 7 * price


# EC2 user guide, "Key concepts for burstable performance instances".
@pytest.mark.parametrize(
    ("name", "lives_on_credits"),
    [("t3.micro", True), ("t3a.large", True), ("t4g.small", True), ("t2.micro", False), ("m7g.large", False)],
)
def test_three_families_are_burstable(name: str, lives_on_credits: bool):  # noqa: FBT001 - a parameter of the test
    assert cpu_credits.is_burstable(name) is lives_on_credits


# --- validity of tariffs ---

FREE_UNITS, ONE, TEN = Decimal(0), Decimal(1), Decimal(10)


@pytest.mark.parametrize(
    ("tiers", "found"),
    [
        ([(FREE_UNITS, TEN, ONE), (TEN, None, ONE)], []),
        ([(FREE_UNITS, None, Decimal(0))], ["x: the price 0 is not above zero"]),
        ([(FREE_UNITS, None, Decimal(-1))], ["x: the price -1 is not above zero"]),
        ([(ONE, None, ONE)], ["x: the first tier starts at 1, not at 0"]),
        ([(FREE_UNITS, ONE, ONE), (TEN, None, ONE)], ["x: a tier ends at 1, and the next one starts at 10"]),
        (
            [(ONE, TEN, Decimal(0)), (ONE, None, ONE)],
            [
                "x: the price 0 is not above zero",
                "x: the first tier starts at 1, not at 0",
                "x: a tier ends at 10, and the next one starts at 1",
            ],
        ),
    ],
)
def test_tiers_have_prices_start_at_zero_and_have_no_gaps(
    tiers: list[tuple[Decimal, Decimal | None, Decimal]], found: list[str]
):
    assert tier_problems("x", tiers) == found
