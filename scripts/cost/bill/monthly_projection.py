"""What growing traffic costs, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.demand.weekly_demand import Demand


@dataclass(frozen=True, kw_only=True)
class Month:
    """One month and its bills."""

    number: int
    """0 is today's."""
    demand: Demand
    bills: tuple[Bill, ...]


def month_by_month(
    demand: Demand,
    percent_per_month: float,
    months: int,
    ways: Sequence[Callable[[Demand], Bill]],
) -> list[Month]:
    """Bill the demand of today and of each of so many months after it, in every way."""
    grown = [demand.grown(percent_per_month, number) for number in range(months + 1)]
    return [
        Month(number=number, demand=it, bills=tuple(way(it) for way in ways))
        for number, it in enumerate(grown)
    ]
