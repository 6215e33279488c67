"""Projection of bills for growing traffic, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.demand.weekly_demand import Demand


@dataclass(frozen=True, kw_only=True)
class ProjectedMonth:
    """Month of a projection."""

    number: int
    """Months from today; 0 is today."""
    demand: Demand
    bills: tuple[Bill, ...]


def project_months(
    demand: Demand,
    percent_per_month: float,
    months: int,
    bill_functions: Sequence[Callable[[Demand], Bill]],
) -> list[ProjectedMonth]:
    """Compute all bills for today's demand and for each of the next months."""
    grown = [demand.after_growth(percent_per_month, number) for number in range(months + 1)]
    return [
        ProjectedMonth(
            number=number, demand=it, bills=tuple(bill_function(it) for bill_function in bill_functions)
        )
        for number, it in enumerate(grown)
    ]
