"""From which traffic on a fleet costs less than a function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

Cost: TypeAlias = "Callable[[float], Decimal]"
"""Mean requests per second -> USD a month."""

RATES: Final = tuple(10 ** (step / 6 - 2) for step in range(37))
"""Six orders of magnitude, from one request in 100 seconds to 10,000 a second."""

TOLERANCE: Final = 1e-4
"""Relative width to which the crossing is narrowed down."""


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Where the two costs cross for the last time."""

    rate: float
    """Mean requests per second; the fleet costs less from here on."""
    usd: Decimal
    """What the fleet costs there."""


def break_even(fleet: Cost, function: Cost, rates: Sequence[float] = RATES) -> BreakEven | None:
    """Find the traffic above which the fleet stays cheaper, within `rates` in ascending order.

    Returns:
        None where one of the two is cheaper all the way, or the function is at the end.
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
