"""How many instances run in each hour: enough for the demand, and still enough without a zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from scripts.cost.rates import cpu_credits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scripts.cost.rates.cpu_credits import Floats

ROUNDING: Final = 1e-9
"""Part of an instance that is taken for an error of floating-point arithmetic, not for a need."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules of a fleet's size."""

    target_utilisation: float = 0.6
    """Share of its throughput that an instance is to work at: the fleet's targetCpuPercent."""
    requests_per_instance: float | None = None
    """Requests a second that an instance is to be given at most, whatever it could do; None: no such target.
    Of two targets, the one that asks for more instances wins, as in Auto Scaling."""
    zones: int = 2
    """Availability zones that instances are spread over, as evenly as they go."""
    least: int | tuple[int, ...] = 2
    """The fleet never has fewer: one number, or one for each hour of the week."""
    most: int | tuple[int, ...] | None = None
    """The fleet never has more, likewise; None: no limit."""
    survives_a_zone: bool = True
    """Whether the instances of all zones but one carry each hour's demand."""

    def __post_init__(self) -> None:
        if not 0 < self.target_utilisation <= 1:
            raise ValueError(f"A target utilisation is above 0 and at most 1, not {self.target_utilisation}.")
        if self.survives_a_zone and self.zones < 2:  # noqa: PLR2004 (none would be left of one)
            raise ValueError("Only a fleet over two zones or more survives the loss of one.")


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """Instances by hour of the week."""

    counts: NDArray[np.int64]
    """How many run."""
    bare: NDArray[np.int64]
    """How many would do if nothing ever failed; the others are the price of redundancy."""
    utilisation: Floats
    """Share of its throughput that each works at; above 1 where the most that may run are too few."""


def size(rates: Floats, throughput: float, policy: Policy) -> Sizing:
    """Size a fleet.

    Args:
        rates: requests per second by hour.
        throughput: requests per second of one instance that is fully used.
        policy: the rules.
    """
    most = np.iinfo(np.int64).max if policy.most is None else policy.most
    each = throughput * policy.target_utilisation
    if policy.requests_per_instance is not None:
        each = min(each, policy.requests_per_instance)
    bare = np.clip(_ceiling(rates / each), 1, most)
    counts = np.maximum(bare, policy.least)
    if policy.survives_a_zone:
        survivors = _ceiling(rates / throughput)
        # A zone holds at most ceil(n / zones) of n instances, so floor(n * (zones - 1) / zones) survive.
        counts = np.maximum(counts, -(-survivors * policy.zones // (policy.zones - 1)))
    counts = np.minimum(counts, most)
    return Sizing(counts=counts, bare=np.minimum(bare, counts), utilisation=rates / (counts * throughput))


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Instances of a fleet that run in the same hours: the last one to come is the first to go."""

    alike: int
    """How many."""
    hours: int
    """Of the week in which each runs."""
    starts: int
    """In a week, of each."""


def layers(sizing: Sizing) -> list[Layer]:
    """Take a fleet's week apart, from the instances that run the most to those that run the least."""
    alike, runs = _layers(sizing)
    starts = (runs & ~np.roll(runs, 1, axis=1)).sum(axis=1)
    return [
        Layer(alike=int(number), hours=int(hours), starts=int(begun))
        for number, hours, begun in zip(alike, runs.sum(axis=1), starts, strict=True)
    ]


def surplus_credits(sizing: Sizing, per_hour: float, vcpus: int, *, unlimited: bool) -> float:
    """Credits beyond what a fleet of burstable instances earned in a week.

    Each instance lives on its own credits: one that is launched for a peak starts with none. In unlimited
    mode the surplus is charged, in standard mode its work is not done.
    """
    alike, runs = _layers(sizing)
    spent = np.where(
        runs, np.minimum(sizing.utilisation, 1) * vcpus * cpu_credits.CREDITS_PER_VCPU_HOUR, np.nan
    )
    beyond = cpu_credits.beyond_in_a_cycle(per_hour, spent, unlimited=unlimited)
    return float((beyond * alike).sum())


def _layers(sizing: Sizing) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return how many instances a layer has, and by layer and hour whether they run."""
    levels = np.unique(sizing.counts)
    return np.diff(levels, prepend=0), sizing.counts[None, :] >= levels[:, None]


def _ceiling(values: Floats) -> NDArray[np.int64]:
    return np.ceil(values - ROUNDING).astype(np.int64)
