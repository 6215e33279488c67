"""Warnings of a fleet that can't carry a demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.cost.output.messages import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scripts.cost.bill.fleet import Shortfall
    from scripts.cost.bill.monthly_projection import ProjectedMonth
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.output.messages import Message

SHORTFALLS: Final[Mapping[Shortfall, str]] = {
    "too few instances": "the stack's maximum number of instances is too low",
    "network bandwidth": "the instances exceed the baseline bandwidth of their type",
    "CPU credits": "the instances spend more CPU credits than they earn, and are slowed down",
    "too many targets": "the load balancer's quota of targets is exceeded",
}
"""Reason why a fleet can't carry a demand -> clause, a key of `translations`."""


def shortfall_warnings(reasons: Sequence[Shortfall]) -> list[Message]:
    """Return a warning of each reason."""
    return [message("{problem} for this demand.", problem=SHORTFALLS[it]) for it in reasons]


def monthly_shortfall_warnings(
    projection: Sequence[ProjectedMonth], reasons_at: Callable[[Demand], Sequence[Shortfall]]
) -> list[Message]:
    """Return a warning of the first month whose demand the fleet can't carry."""
    for month in projection:
        if reasons := reasons_at(month.demand):
            problem = SHORTFALLS[reasons[0]]
            return [message("in month {month} {problem}.", month=month.number, problem=problem)]
    return []
