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

ADVICE_RATES: Final = tuple(10 ** (step / 4 - 2) for step in range(37))
"""Mean requests per second for which the advice is compared: from 0.01 to the maximum of
`--rate`."""

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
    # From above, as the costs of all lower rates make no difference.
    not_cheaper = (at for at in reversed(range(len(rates))) if fleet(rates[at]) >= function(rates[at]))
    last = next(not_cheaper, None)
    if last is None or last == len(rates) - 1:
        return None
    low, high = rates[last], rates[last + 1]
    while high / low > 1 + TOLERANCE:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if fleet(middle) < function(middle) else (middle, high)
    return BreakEven(rate=high, usd=fleet(high))


@dataclass(frozen=True, kw_only=True)
class OtherAdvice:
    """Traffic with which the other one of fleet and function is cheaper."""

    crossing: float | None
    """Mean requests per second below which the function is cheaper, and above which the fleet is; None: there
    is no such rate."""
    example: float
    """Rate near the current one at which the other one is cheaper."""


def find_other_advice(
    fleet: CostFunction, function: CostFunction, mean: float, *, fleet_wins: bool
) -> OtherAdvice | None:
    """Find the traffic that changes the advice.

    Args:
        fleet: USD per month by mean rate.
        function: the same.
        mean: current mean rate.
        fleet_wins: True if the fleet is cheaper at it.

    Returns:
        None if the same one is cheaper at all of `ADVICE_RATES`.
    """
    cheaper = [fleet(rate) <= function(rate) for rate in ADVICE_RATES]
    others = [
        rate for rate, is_cheaper in zip(ADVICE_RATES, cheaper, strict=True) if is_cheaper != fleet_wins
    ]
    if not others:
        return None
    found = find_break_even(fleet, function, ADVICE_RATES)
    is_single = found is not None and cheaper == sorted(cheaper) and (mean >= found.rate) == fleet_wins
    at = math.log(max(mean, ADVICE_RATES[0]))
    return OtherAdvice(
        crossing=found.rate if found and is_single else None,
        example=min(others, key=lambda rate: abs(math.log(rate) - at)),
    )
