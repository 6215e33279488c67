"""The examples on AWS's own pricing pages come out to the cent.

Each test names the page. Their texts were read in public copies of the pages, of 2023 to 2026; the prices in
them are those of us-east-1 in the snapshot.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from infra.reference_data import cpu_credits
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.rates import api_gateway, credit_balance, data_transfer, lambda_, waf, xray
from scripts.cost.rates.lambda_ import FunctionUsage
from scripts.cost.rates.lcu import LoadBalancerHour

PRICES = project_snapshot().region("us-east-1")
MONTH_OF_30_DAYS = 720


def cents(usd: Decimal) -> Decimal:
    return usd.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_lambda_example_1_a_mobile_application():
    """https://aws.amazon.com/lambda/pricing/: $2.33 for duration, $0.40 for requests, $2.73."""
    usage = FunctionUsage(
        architecture="x86_64", memory_mb=1_536, requests=3_000_000, milliseconds=Decimal(120)
    )
    assert cents(lambda_.duration(PRICES, usage, free_tier=True)) == Decimal("2.33")
    assert cents(lambda_.requests(PRICES, usage, free_tier=True)) == Decimal("0.40")
    assert cents(lambda_.total(PRICES, usage, free_tier=True)) == Decimal("2.73")


def test_lambda_example_2_telemetry_without_the_free_tier():
    """https://aws.amazon.com/lambda/pricing/: $1.49 + $248.00 = $249.49."""
    usage = FunctionUsage(
        architecture="x86_64", memory_mb=1_024, requests=7_440_000, milliseconds=Decimal(2_000)
    )
    assert cents(lambda_.requests(PRICES, usage, free_tier=False)) == Decimal("1.49")
    assert cents(lambda_.duration(PRICES, usage, free_tier=False)) == Decimal("248.00")
    assert cents(lambda_.total(PRICES, usage, free_tier=False)) == Decimal("249.49")


def test_lambda_provisioned_concurrency_example_1_a_launch_day():
    """https://aws.amazon.com/lambda/pricing/: $18 + $0.40 + $0.73 + $0.83 = $19.96."""
    usage = FunctionUsage(
        architecture="x86_64",
        memory_mb=1_536,
        requests=2_500_000,
        milliseconds=Decimal(120),
        provisioned=100,
        provisioned_seconds=Decimal(8 * 3_600),
        provisioned_requests=500_000,
        provisioned_milliseconds=Decimal(100),
    )
    assert cents(lambda_.provisioned(PRICES, usage)) == Decimal("18.00")
    assert cents(lambda_.total(PRICES, usage, free_tier=True)) == Decimal("19.96")


def test_lambda_provisioned_concurrency_example_2_cyber_monday():
    """https://aws.amazon.com/lambda/pricing/: $10.08 + $21.78 + $0.40 = $32.26."""
    usage = FunctionUsage(
        architecture="x86_64",
        memory_mb=4_096,
        provisioned=7,
        provisioned_seconds=Decimal(24 * 3_600),
        provisioned_requests=2_000_000,
        provisioned_milliseconds=Decimal(280),
    )
    assert cents(lambda_.provisioned(PRICES, usage)) == Decimal("10.08")
    assert cents(lambda_.duration(PRICES, usage, free_tier=False)) == Decimal("21.78")
    assert cents(lambda_.total(PRICES, usage, free_tier=False)) == Decimal("32.26")


def test_lambda_snapstart_example():
    """https://aws.amazon.com/lambda/pricing/: $4.03 for the snapshot, $10.4 for restores, $263.92 in all."""
    usage = FunctionUsage(
        architecture="x86_64",
        memory_mb=1_024,
        requests=7_440_000,
        milliseconds=Decimal(2_000),
        snapshot_seconds=Decimal(31 * 24 * 3_600),
        snapshots_restored=74_400,
    )
    assert cents(lambda_.snapshots(PRICES, usage)) == Decimal("14.43")
    assert cents(lambda_.total(PRICES, usage, free_tier=False)) == Decimal("263.92")


def test_api_gateway_rest_example_of_five_million_calls():
    """https://aws.amazon.com/api-gateway/pricing/: $17.50 + 14.3 GB x $0.09 = $18.79."""
    call_cost = api_gateway.call_cost(PRICES, "rest", 5_000_000)
    out = data_transfer.gigabytes(5_000_000 * 3 * 1_024)
    assert call_cost == Decimal("17.50")
    assert round(out, 1) == Decimal("14.3")
    assert cents(call_cost + data_transfer.internet_cost(PRICES, out, free_tier=False)) == Decimal("18.79")


def test_api_gateway_rest_example_of_fifteen_billion_calls():
    """https://aws.amazon.com/api-gateway/pricing/: $36,353.10 over three tiers.

    The page goes on with 57,220 GB at the first tier's $0.09; the tiers of EC2's page make that less.
    """
    assert api_gateway.call_cost(PRICES, "rest", 15_000_000_000) == Decimal("36353.10")


def test_api_gateway_http_example_1_over_two_tiers():
    """https://aws.amazon.com/api-gateway/pricing/: 432 million requests of 12 and 46 KB, $418.8."""
    call_cost = api_gateway.call_cost(PRICES, "http", 432_000_000, payload_bytes=46 * 1_024)
    assert call_cost == Decimal("418.80")


def test_api_gateway_http_example_2_of_large_documents():
    """https://aws.amazon.com/api-gateway/pricing/: 4.5 MB are nine requests of 512 KB, $9.72."""
    call_cost = api_gateway.call_cost(PRICES, "http", 25 * 60 * 24 * 30, payload_bytes=4_608 * 1_024)
    assert call_cost == Decimal("9.72")


def balanced(hour: LoadBalancerHour) -> Decimal:
    """USD for a month of 30 days."""
    hourly = PRICES.tariff("alb.hour").usd + PRICES.tariff("alb.lcu_hour").usd * hour.capacity_units
    return cents(hourly * MONTH_OF_30_DAYS)


def test_load_balancer_example_1_where_bytes_dominate():
    """https://aws.amazon.com/elasticloadbalancing/pricing/: 1.08 LCU, $22.42 a month."""
    hour = LoadBalancerHour(
        new_connections=Decimal(1),
        active_connections=Decimal(120),
        gigabytes=Decimal("1.08"),
        requests=Decimal(5),
        rules=60,
    )
    assert list(hour.dimensions.values()) == [
        Decimal("0.04"),
        Decimal("0.04"),
        Decimal("1.08"),
        Decimal("0.25"),
    ]
    assert balanced(hour) == Decimal("22.42")


def test_load_balancer_example_2_where_active_connections_dominate():
    """https://aws.amazon.com/elasticloadbalancing/pricing/: 100 connections a second of 3 minutes, $50.76."""
    hour = LoadBalancerHour(
        new_connections=Decimal(100),
        active_connections=Decimal(100 * 180),
        gigabytes=Decimal("0.36"),
        requests=Decimal(4),
        rules=20,
    )
    assert hour.capacity_units == hour.dimensions["active connections"] == 6
    assert balanced(hour) == Decimal("50.76")


def test_firewall_example_of_ten_million_requests():
    """https://aws.amazon.com/waf/pricing/: web ACL $5.00, and $0.60/million x 10 million = $6.00."""
    assert waf.monthly_fee(PRICES, rules=0) == Decimal("5.00")
    assert waf.monthly_fee(PRICES, rules=4) == Decimal("9.00")
    assert waf.inspection_cost(PRICES, 10_000_000, capacity_units=946) == Decimal("6.00")


def test_nat_gateway_example_of_a_gigabyte():
    """https://aws.amazon.com/vpc/pricing/: $0.045 for the hour and $0.045 for 1 GB through it."""
    assert PRICES.tariff("nat.hour").cost(1) == Decimal("0.045")
    assert data_transfer.nat_cost(PRICES, Decimal(1), gateways=1, zones=1) == Decimal("0.045")


def test_alarm_example_of_four():
    """https://aws.amazon.com/cloudwatch/pricing/: four alarms of standard resolution, $0.40 a month."""
    assert PRICES.tariff("alarm.month").cost(4) == Decimal("0.40")


def test_burstable_example_1_a_t3_nano_in_unlimited_mode():
    """EC2 user guide, "Unlimited mode examples", example 1: all balances, and 304 credits charged."""
    earned, maximum = cpu_credits.credits_per_hour("t3.nano"), 144
    assert credit_balance.maximum_credits(earned) == maximum
    balance, charged = np.zeros(1), 0.0
    # Hours, CPU use of both vCPUs in percent, and what the guide says is saved, or owed below zero.
    for hours, percent, then in [
        (24, 0, 144),
        (12, 2.5, 144),
        (24, 7, 86.4),
        (12, 2.5, 122.4),
        (5, 100, -144),
        (13, 5, -144),
        (24, 0, 0),
    ]:
        for _ in range(hours):
            net = np.array([earned - 2 * 60 * percent / 100])
            balance, beyond = credit_balance.update_balance(balance, net, lowest=-maximum, maximum=maximum)
            charged += float(beyond[0])
        assert round(float(balance[0]), 1) == then
    # 570 spent above what was earned, less 122 saved, less 144 that may be owed: 304, with 122 for 122.4.
    assert round(charged, 1) == 303.6


def test_burstable_example_2_the_bill_of_25_surplus_credits():
    """EC2 user guide, "Unlimited mode examples", example 2: 25 credits are 0.42 vCPU-hours, $0.02."""
    vcpu_hours = Decimal(25) / cpu_credits.CREDITS_PER_VCPU_HOUR
    assert round(vcpu_hours, 2) == Decimal("0.42")
    assert cents(PRICES.tariff("credits.t3").cost(vcpu_hours)) == Decimal("0.02")


def test_x_ray_example_1_of_the_pricing_page():
    """https://aws.amazon.com/xray/pricing/: 2,000 requests an hour, a tenth of them traced, $0.24."""
    traces = 2_000 * 24 * 31 // 10
    assert traces == 148_800
    assert cents(xray.trace_cost(PRICES, traces, free_tier=True)) == Decimal("0.24")
