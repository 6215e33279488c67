"""Tariffs: the price of a unit, with volume tiers, and its provenance."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

Basis: TypeAlias = Literal["listed", "measured", "scaled", "assumed"]
"""Basis of a number: AWS's price list, a measurement, a scaled measurement, or an assumption."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Source and date of a price."""

    as_of: date | None
    """Date of the price; None if unknown."""
    source: str
    basis: Basis = "listed"
    """`assumed` if it is derived, unverified, or another region's."""
    borrowed_from: str = ""
    """Region whose price stands in for an unknown one; empty: it is the region's own price."""


@dataclass(frozen=True)
class PriceTier:
    """Volume tier of a tariff."""

    starts_at: Decimal
    """Monthly units from which this price applies."""
    usd: Decimal
    """USD for one unit."""


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """Price of one item in one region."""

    item: str
    """Like `alb.hour`; the unit is the last part of the name."""
    tiers: tuple[PriceTier, ...]
    """Tiers in ascending order; the first starts at zero, the last has no end."""
    provenance: Provenance

    @property
    def usd(self) -> Decimal:
        """Price of the first unit."""
        return self.tiers[0].usd

    def cost(self, quantity: Decimal | int) -> Decimal:
        """Compute the cost of a month's `quantity`, each part at the price of its tier.

        Raises:
            ValueError: `quantity` is negative.
        """
        if quantity < 0:
            raise ValueError(f"{self.item}: a quantity of {quantity} is below zero")
        usd, left = Decimal(0), Decimal(quantity)
        for tier in reversed(self.tiers):
            if left > tier.starts_at:
                usd += (left - tier.starts_at) * tier.usd
                left = tier.starts_at
        return usd


def tier_problems(item: str, tiers: Sequence[tuple[Decimal, Decimal | None, Decimal]]) -> list[str]:
    """Return the problems of a tariff's tiers, given as (start, end, USD per unit)."""
    found = [f"{item}: the price {usd} is not above zero" for _, _, usd in tiers if usd <= 0]
    if tiers[0][0] != 0:
        found.append(f"{item}: the first tier starts at {tiers[0][0]}, not at 0")
    if tiers[-1][1] is not None:
        found.append(f"{item}: the last tier ends at {tiers[-1][1]}, and what comes above has no price")
    found += [
        f"{item}: a tier ends at {to}, and the next one starts at {starts}"
        for (_, to, _), (starts, _, _) in pairwise(tiers)
        if to != starts
    ]
    return found
