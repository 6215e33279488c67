"""Plan of a roll-out: the share of the new version over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Strategy: TypeAlias = Literal["canary", "linear"]

STRATEGIES: Final[tuple[Strategy, ...]] = ("canary", "linear")

ALL: Final = 100
"""Percentage of a completed roll-out."""


@dataclass(frozen=True)
class RolloutStep:
    """Share of the new version from a point in time on."""

    percent: int
    after: float
    """Seconds since the start."""


@dataclass(frozen=True, kw_only=True)
class RolloutPlan:
    """Steps of rising shares, the last of which is 100 percent."""

    steps: tuple[RolloutStep, ...]
    interval: float
    """Seconds for which the alarms are watched after each step, the last one included."""

    @property
    def seconds(self) -> float:
        """Duration in seconds, without any waiting for instances."""
        return len(self.steps) * self.interval

    @property
    def percents(self) -> list[int]:
        """Shares of the steps, in percent."""
        return [step.percent for step in self.steps]


def make_plan(strategy: Strategy, percent: int, interval: float) -> RolloutPlan:
    """Create the plan of a roll-out.

    Args:
        strategy: `canary` releases a first share, then all; `linear` adds the same share at each step.
        percent: That share, from 1 to 100.
        interval: Seconds between two steps.

    Raises:
        ValueError: A number is out of range.
    """
    if not 1 <= percent <= ALL:
        raise ValueError(f"a step of {percent} % is not between 1 and {ALL}")
    if interval < 0:
        raise ValueError(f"an interval of {interval} s is negative")
    match strategy:
        case "canary":
            shares = [percent, ALL]
        case "linear":
            shares = [*range(percent, ALL, percent), ALL]
    steps = (RolloutStep(share, number * interval) for number, share in enumerate(dict.fromkeys(shares)))
    return RolloutPlan(steps=tuple(steps), interval=interval)
