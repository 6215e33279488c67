"""Cost of X-Ray traces, and the number of requests that it samples.

Source of the price and the free tier: https://aws.amazon.com/xray/pricing/. Source of the sampling: AWS X-Ray
developer guide, "Configuring sampling rules".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.prices.snapshot import RegionPrices

FREE_TRACES: Final = 100_000
"""Always-free recorded traces per month and account."""

RESERVOIR: Final = 1.0
"""Requests per second that the default rule always traces."""

SAMPLED_SHARE: Final = 0.05
"""Share of the other requests that the default rule traces."""


def traces_per_second(rate: float) -> float:
    """Return the traces per second at a rate of requests per second, under the default rule."""
    sure = min(rate, RESERVOIR)
    return sure + (rate - sure) * SAMPLED_SHARE


def trace_cost(prices: RegionPrices, traces: int, *, free_tier: bool) -> Decimal:
    """Compute the USD for a month's recorded traces; retrieving them is free up to a million."""
    return prices.tariff("xray.trace").cost(max(0, traces - (FREE_TRACES if free_tier else 0)))
