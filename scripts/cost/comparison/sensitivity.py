"""Sensitivity of the bill to its assumptions: each is varied separately, in both directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Effect of one assumption on the bill."""

    what: str
    """Name of the assumption; a key of `translations`."""
    low: Decimal
    """USD per month with the smaller value."""
    high: Decimal
    """USD per month with the larger value."""

    @property
    def width(self) -> Decimal:
        """Difference between the two bills, in USD."""
        return abs(self.high - self.low)


def sensitivities(
    usd: Callable[[Demand, Capacity, Assumptions], Decimal],
    demand: Demand,
    capacity: Capacity,
    assumptions: Assumptions,
) -> list[Sensitivity]:
    """Recompute the bill with each assumption halved and doubled, or varied within its plausible range.

    Returns:
        The effects, the largest first.
    """

    def faster(factor: float) -> Capacity:
        return replace(capacity, requests_per_second_per_vcpu=capacity.requests_per_second_per_vcpu * factor)

    def assuming(**changed: float) -> Assumptions:
        return replace(assumptions, **changed)

    one = assumptions
    cases = {
        "traffic": [(demand.scaled(factor), capacity, one) for factor in (0.5, 2)],
        "throughput of a vCPU": [(demand, faster(factor), one) for factor in (0.5, 2)],
        "response size": [
            (replace(demand, response_bytes=int(demand.response_bytes * factor)), capacity, one)
            for factor in (0.5, 2)
        ],
        "requests per connection": [
            (demand, capacity, assuming(requests_per_connection=one.requests_per_connection * factor))
            for factor in (0.5, 2)
        ],
        "boot time": [
            (demand, capacity, assuming(boot_seconds=one.boot_seconds * factor)) for factor in (0.5, 2)
        ],
        "duration of a request in the function": [
            (demand, capacity, assuming(function_overhead_ms=one.function_overhead_ms * factor))
            for factor in (0.5, 5)
        ],
        "cold starts": [
            (demand, capacity, assuming(cold_start_percent=one.cold_start_percent * factor))
            for factor in (0, 10)
        ],
    }
    found = [Sensitivity(what=what, low=usd(*low), high=usd(*high)) for what, (low, high) in cases.items()]
    return sorted((it for it in found if it.width), key=lambda it: it.width, reverse=True)
