"""Sensitivity of bills to the traffic, the capacity and each assumption, which are varied one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from scripts.cost.bill.assumptions import ASSUMPTIONS, HALF_TO_DOUBLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand

Case: TypeAlias = "tuple[Demand, Capacity, Assumptions]"
BillFunction: TypeAlias = "Callable[[Demand, Capacity, Assumptions], Decimal]"
"""Demand, capacity and assumptions -> USD per month."""

TRAFFIC: Final = "traffic"
"""Name of the sensitivity to the demand, which the user chooses; all others are assumptions."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Effect of one figure on each bill."""

    what: str
    """Name of the figure; a key of `translations`."""
    values: tuple[float, float]
    """Smaller and larger value."""
    unit: str
    low: tuple[Decimal, ...]
    """USD per month of each bill with the smaller value."""
    high: tuple[Decimal, ...]
    """The same with the larger value."""

    @property
    def width(self) -> Decimal:
        """Largest difference between the two values, over all bills, in USD."""
        return max(abs(high - low) for low, high in zip(self.low, self.high, strict=True))


def sensitivities(
    bills: Sequence[BillFunction], demand: Demand, capacity: Capacity, assumptions: Assumptions
) -> list[Sensitivity]:
    """Recompute the bills with each figure at both ends of its plausible range.

    Returns:
        The effects, the largest first, without the figures that have none.
    """
    found = [
        Sensitivity(
            what=what,
            values=values,
            unit=unit,
            low=tuple(bill(*low) for bill in bills),
            high=tuple(bill(*high) for bill in bills),
        )
        for what, unit, values, (low, high) in _cases(demand, capacity, assumptions)
    ]
    return sorted((it for it in found if it.width), key=lambda it: it.width, reverse=True)


def uncertainty(found: Sequence[Sensitivity], index: int, usd: Decimal) -> tuple[Decimal, Decimal]:
    """Return the range of a bill if the assumptions are wrong independently of one another.

    The deviations of each are added as the root of the sum of their squares. The traffic is not among them.
    """
    downs, ups = [0.0], [0.0]
    for it in found:
        if it.what == TRAFFIC:
            continue
        deviations = float(it.low[index] - usd), float(it.high[index] - usd)
        downs.append(min(*deviations, 0.0))
        ups.append(max(*deviations, 0.0))
    return usd - Decimal(repr(math.hypot(*downs))), usd + Decimal(repr(math.hypot(*ups)))


def _cases(
    demand: Demand, capacity: Capacity, assumptions: Assumptions
) -> Iterator[tuple[str, str, tuple[float, float], tuple[Case, Case]]]:
    """Yield each figure with its unit, its values and its two cases."""

    def scaled(value: float) -> tuple[float, float]:
        return value * HALF_TO_DOUBLE[0], value * HALF_TO_DOUBLE[1]

    low, high = (demand.scaled(factor) for factor in HALF_TO_DOUBLE)
    rates = low.mean, high.mean
    yield TRAFFIC, "requests per second", rates, ((low, capacity, assumptions), (high, capacity, assumptions))
    slow, fast = (
        (capacity.lowest, capacity.highest)
        if capacity.has_range
        else scaled(capacity.requests_per_second_per_vcpu)
    )
    yield (
        "throughput of a vCPU",
        "requests per second",
        (slow, fast),
        (
            (demand, capacity.at(slow), assumptions),
            (demand, capacity.at(fast), assumptions),
        ),
    )
    if per_byte := capacity.seconds_per_byte:
        slow, fast = scaled(per_byte)
        yield (
            "processor time of a kilobyte",
            "us",
            (slow * 1e9, fast * 1e9),
            (
                (demand, replace(capacity, seconds_per_byte=slow), assumptions),
                (demand, replace(capacity, seconds_per_byte=fast), assumptions),
            ),
        )
    for name, what in (("request_bytes", "request size"), ("response_bytes", "response size")):
        sizes = [max(1, round(value)) for value in scaled(getattr(demand, name))]
        small, large = (replace(demand, **{name: size}) for size in sizes)
        ends = (float(sizes[0]), float(sizes[1]))
        yield what, "bytes", ends, ((small, capacity, assumptions), (large, capacity, assumptions))
    for it in ASSUMPTIONS.values():
        ends = it.ends(assumptions)
        less, more = (it.in_place(assumptions, value) for value in ends)
        yield it.label, it.unit, ends, ((demand, capacity, less), (demand, capacity, more))
