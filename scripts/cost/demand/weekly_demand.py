"""Demand: requests per second in each hour of a week."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK

HOURS_PER_DAY: Final = 24

DAY: Final = (
    *(0.42, 0.34, 0.29, 0.26, 0.25, 0.27, 0.34, 0.47),
    *(0.62, 0.74, 0.82, 0.87, 0.90, 0.90, 0.89, 0.88),
    *(0.88, 0.90, 0.94, 0.98, 1.00, 0.94, 0.78, 0.58),
)
"""Traffic of a day at home and at work, as shares of the busiest hour, from midnight on. Assumed."""

WEEKEND: Final = 0.8
"""Traffic of Saturday and Sunday as a share of the other days' traffic. Assumed."""

MAXIMUM_RATE: Final = 10**10
"""Maximum of an hour, in requests per second: one for every person, far above any service of the world."""


class DemandError(ValueError):
    """Error for a demand that can't be read or is impossible."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Requests during a week that repeats."""

    rates: tuple[float, ...]
    """Requests per second, on average over each of the 168 hours from Monday 00:00 on."""
    request_bytes: int = 500
    """Size of a request with its headers."""
    response_bytes: int = 350
    """Size of a response with its headers."""
    capacity_units_per_request: float | None = None
    """Measured hours of a capacity unit of the load balancer; None: they follow from the other figures."""

    def __post_init__(self) -> None:
        if len(self.rates) != HOURS_PER_WEEK:
            raise DemandError(f"A week has {HOURS_PER_WEEK} hours, not {len(self.rates)}.")
        if not all(map(math.isfinite, self.rates)) or min(self.rates) < 0:
            raise DemandError("Requests per second are zero or more in every hour.")
        if max(self.rates) > MAXIMUM_RATE:
            raise DemandError(f"The demand exceeds {MAXIMUM_RATE:,} requests per second: check its numbers.")

    @cached_property
    def peak(self) -> float:
        """Requests per second in the busiest hour."""
        return max(self.rates)

    @cached_property
    def mean(self) -> float:
        """Requests per second over the week."""
        return math.fsum(self.rates) / HOURS_PER_WEEK

    @cached_property
    def requests_per_month(self) -> int:
        """Requests in a month of 730 hours."""
        return round(self.mean * HOURS_PER_MONTH * 3_600)

    def scaled(self, factor: float) -> Demand:
        """Return the week with its rates multiplied by a factor."""
        return replace(self, rates=tuple(rate * factor for rate in self.rates))

    def at_most(self, rate: float | None) -> Demand:
        """Return the week with no hour above a rate; None: no maximum."""
        if rate is None or self.peak <= rate:
            return self
        return replace(self, rates=tuple(min(it, rate) for it in self.rates))

    def after_growth(self, percent_per_month: float, months: int) -> Demand:
        """Return the week after some months of compound growth.

        Raises:
            DemandError: the demand has become impossible.
        """
        try:
            return self.scaled((1 + percent_per_month / 100) ** months)
        except DemandError as error:
            raise DemandError(
                f"After {months} months of {percent_per_month:g} % growth: {_continued(error)}"
            ) from error


def _continued(error: Exception) -> str:
    """Return the text of an error as the end of another sentence."""
    text = str(error)
    return text[:1].lower() + text[1:]


def constant(rate: float) -> tuple[float, ...]:
    """Return the same rate for every hour of the week."""
    return (rate,) * HOURS_PER_WEEK


def diurnal(mean: float) -> tuple[float, ...]:
    """Return a week of days and nights with a mean rate; its busiest hour has 1.57 times the mean."""
    return diurnal_with_peak(mean, None)


def diurnal_with_peak(mean: float, peak_factor: float | None) -> tuple[float, ...]:
    """Return a week of days and nights whose busiest hour has `peak_factor` times the mean.

    The built-in curve is raised to the power that gives this peak; None leaves it unchanged.

    Raises:
        DemandError: the factor is below 1, or above the maximum that a week can have.
    """
    shape = [DAY[hour % HOURS_PER_DAY] * (WEEKEND if hour >= 5 * HOURS_PER_DAY else 1) for hour in range(168)]
    power = 1.0 if peak_factor is None else _power(shape, peak_factor)
    curve = [value**power for value in shape]
    whole = math.fsum(curve) / HOURS_PER_WEEK
    return tuple(mean * value / whole for value in curve)


def _power(shape: list[float], peak_factor: float) -> float:
    def factor(power: float) -> float:
        curve = [value**power for value in shape]
        return max(curve) * len(curve) / math.fsum(curve)

    low, high = 0.0, 200.0
    if not factor(low) <= peak_factor <= factor(high):
        raise DemandError(f"A peak factor is between 1 and {factor(high):.0f}, not {peak_factor:g}.")
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if factor(middle) < peak_factor else (low, middle)
    return high
