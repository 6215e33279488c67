"""What X-Ray bills for traces, and how many requests it traces.

Source of the price and the free tier: https://aws.amazon.com/xray/pricing/. Source of the sampling: AWS X-Ray
developer guide, "Configuring sampling rules".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.prices.snapshot import RegionPrices

FREE_TRACES: Final = 100_000
"""Recorded, a month and account, for ever."""

RESERVOIR: Final = 1.0
"""Requests a second that the default rule traces in any case."""

SAMPLED_SHARE: Final = 0.05
"""Of the other requests."""


def traced(rate: float) -> float:
    """Traces a second, of so many requests a second, under the default rule."""
    sure = min(rate, RESERVOIR)
    return sure + (rate - sure) * SAMPLED_SHARE


def recorded(prices: RegionPrices, traces: int, *, free_tier: bool) -> Decimal:
    """USD for a month's recorded traces; looking at them is free up to a million."""
    return prices.tariff("xray.trace").cost(max(0, traces - (FREE_TRACES if free_tier else 0)))
