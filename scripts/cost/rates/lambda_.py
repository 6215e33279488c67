"""What Lambda bills: requests, duration, and what keeps environments warm.

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
"""A month and account, for ever."""

FREE_GB_SECONDS: Final = 400_000
"""A month and account, for ever; not for environments that are provisioned."""

MEGABYTES: Final = 1_024
"""In a GB of memory."""

SNAPSHOT_LEAST_SECONDS: Final = 3 * 3_600
"""A published version's snapshot is paid for at least so long."""

PROVISIONED_STEP_SECONDS: Final = 300
"""Provisioned concurrency is paid for in steps of five minutes, begun ones whole."""


@dataclass(frozen=True, kw_only=True)
class FunctionUse:
    """What a function does in a month."""

    memory_mb: int
    architecture: Architecture
    requests: int = 0
    milliseconds: Decimal = Decimal(0)
    """Billed for a request on average, its share of cold starts included."""
    provisioned: int = 0
    """Environments that are kept warm."""
    provisioned_seconds: Decimal = Decimal(0)
    """How long they are."""
    provisioned_requests: int = 0
    """Requests that they answer, beside `requests`."""
    provisioned_milliseconds: Decimal = Decimal(0)
    """Billed for each of those on average."""
    snapshot_seconds: Decimal = Decimal(0)
    """How long versions with a snapshot are kept, added up over the versions."""
    snapshots_restored: int = 0

    @property
    def memory_gb(self) -> Decimal:
        """In units of 1,024 MB."""
        return Decimal(self.memory_mb) / MEGABYTES


def billed_milliseconds(exact: Decimal) -> Decimal:
    """Round a duration up to the millisecond."""
    return exact.to_integral_value(ROUND_CEILING)


def requests(prices: RegionPrices, use: FunctionUse, *, free_tier: bool) -> Decimal:
    """USD for being called."""
    free = FREE_REQUESTS if free_tier else 0
    return prices.tariff("lambda.request").cost(max(0, use.requests + use.provisioned_requests - free))


def duration(prices: RegionPrices, use: FunctionUse, *, free_tier: bool) -> Decimal:
    """USD for the time in which requests are answered and environments start (INIT, since 2025-08-01)."""
    free = FREE_GB_SECONDS if free_tier else 0
    used = use.requests * use.milliseconds / 1_000 * use.memory_gb
    by_the_warm = use.provisioned_requests * use.provisioned_milliseconds / 1_000 * use.memory_gb
    return _of(prices, "gb_second", use).cost(max(Decimal(0), used - free)) + _of(
        prices, "provisioned_duration_gb_second", use
    ).cost(by_the_warm)


def provisioned(prices: RegionPrices, use: FunctionUse) -> Decimal:
    """USD for environments that wait."""
    steps = (use.provisioned_seconds / PROVISIONED_STEP_SECONDS).to_integral_value(ROUND_CEILING)
    gb_seconds = use.provisioned * use.memory_gb * steps * PROVISIONED_STEP_SECONDS
    return _of(prices, "provisioned_gb_second", use).cost(gb_seconds)


def snapshots(prices: RegionPrices, use: FunctionUse) -> Decimal:
    """USD for keeping snapshots of Python environments, and for starting from them (SnapStart)."""
    kept = max(use.snapshot_seconds, Decimal(SNAPSHOT_LEAST_SECONDS)) if use.snapshot_seconds else Decimal(0)
    return prices.tariff("lambda.snapstart_cache_gb_second").cost(kept * use.memory_gb) + prices.tariff(
        "lambda.snapstart_restore_gb"
    ).cost(use.snapshots_restored * use.memory_gb)


def total(prices: RegionPrices, use: FunctionUse, *, free_tier: bool) -> Decimal:
    """USD for all of it."""
    return (
        requests(prices, use, free_tier=free_tier)
        + duration(prices, use, free_tier=free_tier)
        + provisioned(prices, use)
        + snapshots(prices, use)
    )


def _of(prices: RegionPrices, what: str, use: FunctionUse) -> Tariff:
    return prices.tariff(f"lambda.{what}.{use.architecture}")
