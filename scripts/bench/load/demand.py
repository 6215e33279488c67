"""Demand over the time of a load: phases with a rate that is constant or changes evenly."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import accumulate, count, pairwise, repeat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


MAXIMUM_SECONDS: Final = 86_400.0
"""Maximum duration of a load, in seconds: a day."""


@dataclass(frozen=True)
class Phase:
    """Part of a load, in which the rate changes evenly."""

    seconds: float
    first: float
    """Requests per second at its beginning."""
    last: float
    """Requests per second at its end."""

    @property
    def requests(self) -> float:
        """Number of requests."""
        return self.seconds * (self.first + self.last) / 2

    def moment(self, number: float) -> float:
        """Return the seconds after which a number of requests is sent: the inverse of the rate's integral."""
        if not number:
            return 0.0
        growth = (self.last - self.first) / self.seconds
        return 2 * number / (self.first + math.sqrt(max(0.0, self.first**2 + 2 * growth * number)))


def steady(rate: float, seconds: float) -> list[Phase]:
    """Return a constant rate."""
    return [Phase(seconds, rate, rate)]


def ramp(first: float, last: float, seconds: float) -> list[Phase]:
    """Return a rate that changes evenly from one value to another."""
    return [Phase(seconds, first, last)]


def steps(rates: Sequence[float], seconds: float) -> list[Phase]:
    """Return rates one after the other, each for the same part of the time."""
    return [Phase(seconds / len(rates), rate, rate) for rate in rates]


def curve(rates: Sequence[float], seconds: float) -> list[Phase]:
    """Return the rates of equal spaces of time, such as the hours of a day, compressed into some seconds.

    The rate changes evenly between two of them, and after the last one towards the first.
    """
    return [Phase(seconds / len(rates), *pair) for pair in pairwise([*rates, rates[0]])]


def total_seconds(phases: Sequence[Phase]) -> float:
    """Return the duration of all phases."""
    return math.fsum(phase.seconds for phase in phases)


def rate_at(phases: Sequence[Phase], second: float) -> float:
    """Return the requests per second at a moment; 0 after the end."""
    begun = 0.0
    for phase in phases:
        if second < begun + phase.seconds:
            return phase.first + (phase.last - phase.first) * (second - begun) / phase.seconds
        begun += phase.seconds
    return 0.0


def send_times(phases: Sequence[Phase], seed: int | None = None) -> Iterator[float]:
    """Yield the moments at which requests are to be sent, in seconds from the start.

    Args:
        phases: Demand.
        seed: Seed of a Poisson process with this demand, the same for the same seed, as independent clients
            send; None for equal distances.
    """
    begun = sent = 0.0
    remaining = iter(phases)
    phase = next(remaining, None)
    for number in _numbers(seed):
        while phase is not None and number >= sent + phase.requests:
            sent, begun = sent + phase.requests, begun + phase.seconds
            phase = next(remaining, None)
        if phase is None:
            return
        yield begun + phase.moment(number - sent)


def _numbers(seed: int | None) -> Iterable[float]:
    """Return the integrals of the rate at which requests are sent: 0, 1, ..., or a unit Poisson process."""
    if seed is None:
        return count(0.0)
    source = random.Random(seed)  # noqa: S311 (the same in each run)
    return accumulate(source.expovariate(rate) for rate in repeat(1.0))
