"""Cost of Lambda: requests, duration, provisioned concurrency and SnapStart.

Source of all rules: https://aws.amazon.com/lambda/pricing/.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from infra.reference_data.instance_types import Architecture
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.prices.tariff import Tariff

FREE_REQUESTS: Final = 1_000_000
"""Always-free requests per month and account."""

FREE_GB_SECONDS: Final = 400_000
"""Always-free GB-seconds per month and account, except for provisioned concurrency."""

MEGABYTES: Final = 1_024
"""MB in a GB of memory."""

SNAPSHOT_LEAST_SECONDS: Final = 3 * 3_600
"""Minimum time for which the snapshot of a published version is billed."""

PROVISIONED_STEP_SECONDS: Final = 300
"""Billing increment of provisioned concurrency: five minutes, rounded up."""


@dataclass(frozen=True, kw_only=True)
class FunctionUsage:
    """Usage of a function in a month."""

    memory_mb: int
    architecture: Architecture
    requests: int = 0
    milliseconds: Decimal = Decimal(0)
    """Mean billed duration of a request, including its share of cold starts."""
    provisioned: int = 0
    """Provisioned concurrency."""
    provisioned_seconds: Decimal = Decimal(0)
    """Time for which it is provisioned."""
    provisioned_requests: int = 0
    """Requests on provisioned concurrency, not included in `requests`."""
    provisioned_milliseconds: Decimal = Decimal(0)
    """Mean billed duration of these requests."""
    snapshot_seconds: Decimal = Decimal(0)
    """Time for which snapshots are kept, summed over the versions."""
    snapshots_restored: int = 0

    @property
    def memory_gb(self) -> Decimal:
        """Memory in units of 1,024 MB."""
        return Decimal(self.memory_mb) / MEGABYTES


def billed_milliseconds(exact: Decimal) -> Decimal:
    """Round a duration up to a whole millisecond."""
    return exact.to_integral_value(ROUND_CEILING)


def requests(prices: RegionPrices, usage: FunctionUsage, *, free_tier: bool) -> Decimal:
    """Compute the USD for requests."""
    free = FREE_REQUESTS if free_tier else 0
    return prices.tariff("lambda.request").cost(max(0, usage.requests + usage.provisioned_requests - free))


def duration(
    prices: RegionPrices,
    usage: FunctionUsage,
    *,
    free_tier: bool,
    covered_gb_seconds: Decimal = Decimal(0),
) -> Decimal:
    """Compute the USD for the duration of requests and of cold starts (INIT, billed since 2025-08-01).

    A Savings Plan covers `covered_gb_seconds` of those that are neither free nor provisioned.
    """
    free = FREE_GB_SECONDS if free_tier else 0
    used = usage.requests * usage.milliseconds / 1_000 * usage.memory_gb
    by_the_warm = usage.provisioned_requests * usage.provisioned_milliseconds / 1_000 * usage.memory_gb
    return _of(prices, "gb_second", usage).cost(max(Decimal(0), used - free - covered_gb_seconds)) + _of(
        prices, "provisioned_duration_gb_second", usage
    ).cost(by_the_warm)


def provisioned(prices: RegionPrices, usage: FunctionUsage) -> Decimal:
    """Compute the USD for provisioned concurrency."""
    steps = (usage.provisioned_seconds / PROVISIONED_STEP_SECONDS).to_integral_value(ROUND_CEILING)
    gb_seconds = usage.provisioned * usage.memory_gb * steps * PROVISIONED_STEP_SECONDS
    return _of(prices, "provisioned_gb_second", usage).cost(gb_seconds)


def snapshots(prices: RegionPrices, usage: FunctionUsage) -> Decimal:
    """Compute the USD for caching and restoring snapshots of Python environments (SnapStart)."""
    kept = (
        max(usage.snapshot_seconds, Decimal(SNAPSHOT_LEAST_SECONDS)) if usage.snapshot_seconds else Decimal(0)
    )
    return prices.tariff("lambda.snapstart_cache_gb_second").cost(kept * usage.memory_gb) + prices.tariff(
        "lambda.snapstart_restore_gb"
    ).cost(usage.snapshots_restored * usage.memory_gb)


def total(prices: RegionPrices, usage: FunctionUsage, *, free_tier: bool) -> Decimal:
    """Compute the total USD."""
    return (
        requests(prices, usage, free_tier=free_tier)
        + duration(prices, usage, free_tier=free_tier)
        + provisioned(prices, usage)
        + snapshots(prices, usage)
    )


def _of(prices: RegionPrices, what: str, usage: FunctionUsage) -> Tariff:
    return prices.tariff(f"lambda.{what}.{usage.architecture}")
