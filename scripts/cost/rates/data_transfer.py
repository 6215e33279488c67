"""Cost of data transfer to the internet and through NAT gateways."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scripts.cost.prices.snapshot import RegionPrices

BYTES_PER_GB: Final = 2**30
"""Bytes in a GB of data transfer: AWS writes GB and meters GiB (https://aws.amazon.com/api-gateway/pricing/)."""

FREE_GB_OUT: Final = 100
"""Always-free GB to the internet per month and account (https://aws.amazon.com/ec2/pricing/on-demand/, "Data
Transfer")."""


def gigabytes(count: Decimal | int) -> Decimal:
    """Convert bytes to GB."""
    return Decimal(count) / BYTES_PER_GB


def internet_cost(prices: RegionPrices, gb: Decimal, *, free_tier: bool) -> Decimal:
    """Compute the USD for a month's GB to the internet; inbound traffic is free."""
    return prices.tariff("transfer.out_gb").cost(max(Decimal(0), gb - (FREE_GB_OUT if free_tier else 0)))


def nat_cost(prices: RegionPrices, gb: Decimal, *, gateways: int, zones: int) -> Decimal:
    """Compute the USD for GB through NAT gateways, including the transfer to a zone that has one.

    Traffic between zones is charged twice, in the zone that it leaves and in the zone that it enters.
    """
    elsewhere = Decimal(max(0, zones - gateways)) / zones
    between = prices.tariff("transfer.cross_zone_gb").cost(gb * elsewhere) * 2
    return prices.tariff("nat.gb").cost(gb) + between
