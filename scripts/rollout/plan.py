"""How much goes to the new version, and when: plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Strategy: TypeAlias = Literal["canary", "linear"]

STRATEGIES: Final[tuple[Strategy, ...]] = ("canary", "linear")

ALL: Final = 100


@dataclass(frozen=True)
class Step:
    """A share that the new version gets."""

    percent: int
    after: float
    """Seconds since the start."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Shares that rise up to all of it."""

    steps: tuple[Step, ...]
    interval: float
    """Seconds for which the alarms are watched after each step, the last one included."""

    @property
    def seconds(self) -> float:
        """How long it takes, if nothing has to be waited for."""
        return len(self.steps) * self.interval

    @property
    def percents(self) -> list[int]:
        """The shares alone."""
        return [step.percent for step in self.steps]


def make_plan(strategy: Strategy, percent: int, interval: float) -> Plan:
    """Plan a roll-out.

    Args:
        strategy: `canary` gives a first share, then all; `linear` gives the same share more at each step.
        percent: That share, from 1 to 100.
        interval: Seconds between two steps.

    Raises:
        ValueError: A figure is out of range.
    """
    if not 1 <= percent <= ALL:
        raise ValueError(f"a step of {percent} % is not between 1 and {ALL}")
    if interval < 0:
        raise ValueError(f"an interval of {interval} s lies in the past")
    match strategy:
        case "canary":
            shares = [percent, ALL]
        case "linear":
            shares = [*range(percent, ALL, percent), ALL]
    steps = (Step(share, number * interval) for number, share in enumerate(dict.fromkeys(shares)))
    return Plan(steps=tuple(steps), interval=interval)
