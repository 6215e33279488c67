"""What bytes cost that leave, and the gateways that they leave through."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scripts.cost.prices.snapshot import RegionPrices

BYTES_PER_GB: Final = 2**30
"""Data transfer is metered in GiB, though AWS writes GB (https://aws.amazon.com/api-gateway/pricing/)."""

FREE_GB_OUT: Final = 100
"""To the internet, a month and account (https://aws.amazon.com/ec2/pricing/on-demand/, "Data Transfer")."""


def gigabytes(count: Decimal | int) -> Decimal:
    """Convert bytes."""
    return Decimal(count) / BYTES_PER_GB


def to_internet(prices: RegionPrices, gb: Decimal, *, free_tier: bool) -> Decimal:
    """USD for a month's GB to the internet; what comes in is free."""
    return prices.tariff("transfer.out_gb").cost(max(Decimal(0), gb - (FREE_GB_OUT if free_tier else 0)))


def through_nat(prices: RegionPrices, gb: Decimal, *, gateways: int, zones: int) -> Decimal:
    """USD for processing GB in NAT gateways, and for taking them to a zone that has one.

    Traffic between zones is charged twice, to the zone that it leaves and to the one that it enters.
    """
    elsewhere = Decimal(max(0, zones - gateways)) / zones
    between = prices.tariff("transfer.cross_zone_gb").cost(gb * elsewhere) * 2
    return prices.tariff("nat.gb").cost(gb) + between
