"""Cost of CloudWatch Logs: ingestion, in volume tiers for logs that AWS's services write, and storage.

Source of all rules: https://aws.amazon.com/cloudwatch/pricing/, "Logs".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.demand.calendar import HOURS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.cost.prices.snapshot import RegionPrices

INGESTED: Final = "logs.ingested_gb"
"""Item of logs that are sent to CloudWatch, such as an API's access log."""

VENDED: Final = "logs.vended_gb"
"""Item of logs that a service of AWS writes: those of Lambda since 2025-05-01, and of WAF."""

STORED: Final = "logs.stored_gb_month"

FREE_GB: Final = 5
"""Always-free GB of ingestion and storage together, per month and account."""

COMPRESSED_SHARE: Final = Decimal("0.15")
"""Stored bytes of a byte of logs: CloudWatch compresses them, and bills the compressed ones."""


@dataclass(frozen=True, kw_only=True)
class LogVolume:
    """Logs of a month."""

    item: str
    """`INGESTED` or `VENDED`."""
    gb: Decimal


def log_cost(prices: RegionPrices, volumes: Iterable[LogVolume], *, days: int, free_gb: Decimal) -> Decimal:
    """Compute the USD of ingestion and of storage for `days`.

    Args:
        prices: prices of the region.
        volumes: logs of the month.
        days: retention.
        free_gb: GB that are free; they are deducted from the ingestion first.
    """
    usd, left, stored = Decimal(0), free_gb, Decimal(0)
    for it in volumes:
        free = min(left, it.gb)
        left -= free
        usd += prices.tariff(it.item).cost(it.gb - free)
        stored += it.gb * COMPRESSED_SHARE * days * 24 / HOURS_PER_MONTH
    return usd + prices.tariff(STORED).cost(max(Decimal(0), stored - left))
