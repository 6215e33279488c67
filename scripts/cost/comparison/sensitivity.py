"""Which assumptions the bill hangs on: each is moved by itself, both ways."""

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
class Swing:
    """What one assumption does to the bill."""

    what: str
    """A key of `words`."""
    low: Decimal
    """USD a month with the smaller value."""
    high: Decimal
    """USD a month with the larger one."""

    @property
    def width(self) -> Decimal:
        """How far it moves the bill."""
        return abs(self.high - self.low)


def swings(
    usd: Callable[[Demand, Capacity, Assumptions], Decimal],
    demand: Demand,
    capacity: Capacity,
    assumptions: Assumptions,
) -> list[Swing]:
    """Recompute the bill with each assumption halved and doubled, or as far off as is likely.

    Returns:
        The assumption that moves the bill most comes first.
    """

    def faster(factor: float) -> Capacity:
        return replace(capacity, requests_per_second_per_vcpu=capacity.requests_per_second_per_vcpu * factor)

    def assuming(**changed: float) -> Assumptions:
        return replace(assumptions, **changed)

    one = assumptions
    cases = {
        "traffic": [(demand.times(factor), capacity, one) for factor in (0.5, 2)],
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
        "time of a request in the function": [
            (demand, capacity, assuming(function_overhead_ms=one.function_overhead_ms * factor))
            for factor in (0.5, 5)
        ],
        "cold starts": [
            (demand, capacity, assuming(cold_start_percent=one.cold_start_percent * factor))
            for factor in (0, 10)
        ],
    }
    found = [Swing(what=what, low=usd(*low), high=usd(*high)) for what, (low, high) in cases.items()]
    return sorted((it for it in found if it.width), key=lambda it: it.width, reverse=True)
