"""What a unit costs, and what many of them cost together where the price falls in steps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

Basis: TypeAlias = Literal["listed", "measured", "scaled", "assumed"]
"""How a number came to be known: AWS's list, a measurement, one carried over, or an assumption."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a price is from."""

    as_of: date | None
    """When it was true; None where nobody knows."""
    source: str
    basis: Basis = "listed"
    """`assumed` where it is derived, unverified, or another region's."""


@dataclass(frozen=True)
class Tier:
    """A step of a tariff."""

    starts_at: Decimal
    """Units of a month from which this price holds."""
    usd: Decimal
    """USD for one unit."""


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """The price of one thing in one region."""

    item: str
    """Like `alb.hour`; the unit is the last part of the name."""
    tiers: tuple[Tier, ...]
    """In ascending order, the first at zero; the last one has no end."""
    provenance: Provenance

    @property
    def usd(self) -> Decimal:
        """The price of the first unit."""
        return self.tiers[0].usd

    def cost(self, quantity: Decimal | int) -> Decimal:
        """Add up what a month's `quantity` costs, each part at its own tier's price.

        Raises:
            ValueError: `quantity` is negative.
        """
        if quantity < 0:
            raise ValueError(f"{self.item}: nobody uses {quantity} of it")
        ends = [*(tier.starts_at for tier in self.tiers[1:]), Decimal("Infinity")]
        return sum(
            (
                (min(Decimal(quantity), end) - tier.starts_at) * tier.usd
                for tier, end in zip(self.tiers, ends, strict=True)
                if quantity > tier.starts_at
            ),
            Decimal(0),
        )


def problems(item: str, tiers: Sequence[tuple[Decimal, Decimal | None, Decimal]]) -> list[str]:
    """Say what is wrong with the tiers of a tariff, given as (from, to, USD for a unit)."""
    found = [f"{item}: the price {usd} is not above zero" for _, _, usd in tiers if usd <= 0]
    if tiers[0][0] != 0:
        found.append(f"{item}: the first tier starts at {tiers[0][0]}, not at 0")
    found += [
        f"{item}: a tier ends at {to}, and the next one starts at {starts}"
        for (_, to, _), (starts, _, _) in pairwise(tiers)
        if to != starts
    ]
    return found
