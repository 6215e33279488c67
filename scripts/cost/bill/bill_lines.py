"""A month's bill: its lines, which part of it each belongs to, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.cost.prices.tariff import Basis, Provenance

Part: TypeAlias = Literal["fixed", "marginal", "redundancy"]
"""What is paid for with no traffic at all, what comes with the traffic, and what survives failures."""

PARTS: Final[tuple[Part, ...]] = ("fixed", "marginal", "redundancy")

MILLION: Final = 1_000_000

_WEAKEST_LAST: Final[tuple[Basis, ...]] = ("listed", "measured", "scaled", "assumed")


def weakest(bases: Iterable[Basis]) -> Basis:
    """Say how a number is known that depends on all of these."""
    return _WEAKEST_LAST[max((_WEAKEST_LAST.index(basis) for basis in bases), default=0)]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a bill."""

    item: str
    """What it is for; a key of `words`."""
    part: Part
    usd: Decimal
    quantity: Decimal
    """How much of it, in the item's unit."""
    basis: Basis
    """Of its price and of its quantity, whichever is known less well."""
    provenances: tuple[Provenance, ...]


def line(
    item: str,
    part: Part,
    usd: Decimal,
    quantity: Decimal | int,
    *provenances: Provenance,
    known: Basis = "listed",
) -> Line:
    """Make a line whose quantity is `known` as said."""
    return Line(
        item=item,
        part=part,
        usd=usd,
        quantity=Decimal(quantity),
        basis=weakest([known, *(it.basis for it in provenances)]),
        provenances=provenances,
    )


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a month costs."""

    lines: tuple[Line, ...]
    """Those that cost nothing are left out."""
    requests: int
    """Answered in the month."""
    not_priced: tuple[str, ...] = ()
    """What costs money too, but has no price here: unknown, not free."""

    @property
    def usd(self) -> Decimal:
        """All of it."""
        return sum((it.usd for it in self.lines), Decimal(0))

    @property
    def usd_per_million(self) -> Decimal | None:
        """For a million predictions; None where there are none."""
        return self.usd * MILLION / self.requests if self.requests else None

    def of(self, part: Part) -> Decimal:
        """USD of one part."""
        return sum((it.usd for it in self.lines if it.part == part), Decimal(0))

    @property
    def provenances(self) -> tuple[Provenance, ...]:
        """Where all the prices in it are from."""
        return tuple({it: None for entry in self.lines for it in entry.provenances})


def bill(lines: Iterable[Line], requests: int, *, not_priced: tuple[str, ...] = ()) -> Bill:
    """Make a bill of the lines that cost something, and of what has no price."""
    return Bill(lines=tuple(it for it in lines if it.usd), requests=requests, not_priced=not_priced)
