"""Break-even: the traffic from which a fleet costs less than a function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

CostFunction: TypeAlias = "Callable[[float], Decimal]"
"""Mean requests per second -> USD a month."""

RATES: Final = tuple(10 ** (step / 6 - 2) for step in range(37))
"""Mean requests per second that are compared: six orders of magnitude, from 0.01 to 10,000."""

TOLERANCE: Final = 1e-4
"""Relative width of the interval to which the crossing is narrowed down."""


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Highest rate at which the two costs cross."""

    rate: float
    """Mean requests per second; the fleet costs less from here on."""
    usd: Decimal
    """USD per month of the fleet at that rate."""


def find_break_even(
    fleet: CostFunction, function: CostFunction, rates: Sequence[float] = RATES
) -> BreakEven | None:
    """Find the rate above which the fleet stays cheaper, within `rates` in ascending order.

    Returns:
        None if one of the two is cheaper at every rate, or the function is at the last one.
    """
    cheaper = [fleet(rate) < function(rate) for rate in rates]
    if not cheaper[-1] or all(cheaper):
        return None
    last = max(index for index, fleet_is in enumerate(cheaper) if not fleet_is)
    low, high = rates[last], rates[last + 1]
    while high / low > 1 + TOLERANCE:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if fleet(middle) < function(middle) else (middle, high)
    return BreakEven(rate=high, usd=fleet(high))
