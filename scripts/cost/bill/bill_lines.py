"""Monthly bill: its lines, their cost components, and the basis of each figure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.cost.prices.tariff import Basis, Provenance

CostComponent: TypeAlias = Literal["fixed", "marginal", "redundancy"]
"""Cost without any traffic, cost that grows with the traffic, and cost of surviving failures."""

COMPONENTS: Final[tuple[CostComponent, ...]] = ("fixed", "marginal", "redundancy")

MILLION: Final = 1_000_000

_WEAKNESS: Final[dict[Basis, int]] = {"listed": 0, "measured": 1, "scaled": 2, "assumed": 3}


def weakest_basis(bases: Iterable[Basis]) -> Basis:
    """Return the basis of a number that depends on numbers with these bases: the least reliable one."""
    weakest: Basis = "listed"
    for basis in bases:
        if _WEAKNESS[basis] > _WEAKNESS[weakest]:
            weakest = basis
    return weakest


@dataclass(frozen=True, kw_only=True)
class BillLine:
    """One line of a bill."""

    item: str
    """Billed item; a key of `translations`."""
    component: CostComponent
    usd: Decimal
    quantity: Decimal
    """Quantity in the item's unit."""
    basis: Basis
    """The less reliable basis of its price and of its quantity."""
    provenances: tuple[Provenance, ...]


def bill_line(
    item: str,
    component: CostComponent,
    usd: Decimal,
    quantity: Decimal | int,
    *provenances: Provenance,
    quantity_basis: Basis = "listed",
) -> BillLine:
    """Create a line whose quantity has the basis `quantity_basis`."""
    return BillLine(
        item=item,
        component=component,
        usd=usd,
        quantity=Decimal(quantity),
        basis=weakest_basis([quantity_basis, *(it.basis for it in provenances)]),
        provenances=provenances,
    )


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Bill of a month."""

    lines: tuple[BillLine, ...]
    """Lines that cost something."""
    requests: int
    """Requests that are served in the month."""
    unpriced: tuple[str, ...] = ()
    """Descriptions of costs whose amount is unknown, not zero."""
    refused: int = 0
    """Requests in the month that a throttle refuses."""
    upfront_usd: Decimal = Decimal(0)
    """USD that are due at the start of a commitment; the lines have a month's share of them."""
    committed: int = 0
    """Number of reserved instances."""

    @property
    def refused_share(self) -> float:
        """Share of the requests that a throttle refuses."""
        return self.refused / (self.refused + self.requests) if self.refused else 0.0

    @property
    def usd(self) -> Decimal:
        """Total USD."""
        return sum((it.usd for it in self.lines), Decimal(0))

    @property
    def usd_per_million(self) -> Decimal | None:
        """USD for a million predictions; None without traffic."""
        return self.usd * MILLION / self.requests if self.requests else None

    def item_usd(self, item: str) -> Decimal:
        """Return the USD of one item, over all its components."""
        return sum((it.usd for it in self.lines if it.item == item), Decimal(0))

    def component_usd(self, component: CostComponent) -> Decimal:
        """Return the USD of one component."""
        return sum((it.usd for it in self.lines if it.component == component), Decimal(0))

    @property
    def borrowed_items(self) -> tuple[str, ...]:
        """Items that are priced with another region's price, the most expensive first."""
        usd: dict[str, Decimal] = {}
        for it in self.lines:
            if any(price.borrowed_from for price in it.provenances):
                usd[it.item] = usd.get(it.item, Decimal(0)) + it.usd
        return tuple(sorted(usd, key=lambda item: -usd[item]))

    @property
    def provenances(self) -> tuple[Provenance, ...]:
        """Provenances of all prices, each once."""
        return tuple({it: None for entry in self.lines for it in entry.provenances})


def bill(
    lines: Iterable[BillLine],
    requests: int,
    *,
    unpriced: tuple[str, ...] = (),
    refused: int = 0,
    upfront_usd: Decimal = Decimal(0),
    committed: int = 0,
) -> Bill:
    """Create a bill of the lines that cost something and of unpriced costs."""
    return Bill(
        lines=tuple(it for it in lines if it.usd),
        requests=requests,
        unpriced=unpriced,
        refused=refused,
        upfront_usd=upfront_usd,
        committed=committed,
    )
