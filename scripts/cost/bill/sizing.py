"""Number of instances in each hour: enough for the demand, even after the loss of a zone.

Processor and network limit an instance. In normal operation the CPU stays at its target, and the network
within its baseline bandwidth, which is there for hours. After the loss of a zone the CPU stays within a
maximum, and the network may burst until replacements serve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from infra.reference_data import cpu_credits
from scripts.cost.bill.caching import cached
from scripts.cost.bill.network import UNLIMITED
from scripts.cost.demand.calendar import HOURS_PER_WEEK
from scripts.cost.rates import credit_balance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scripts.cost.bill.network import RequestBandwidth
    from scripts.cost.rates.credit_balance import Floats

SizedBy: TypeAlias = Literal["CPU", "network bandwidth", "loss of a zone", "minimum", "maximum"]
"""Rule that decides the number of instances in the busiest hour."""

MAXIMUM_AFTER_LOSS: Final = 0.85
"""Default maximum utilisation of the instances that survive the loss of a zone. Above it, waiting times rise
steeply: at a utilisation of u, a request waits u / (1 - u) times the time that it takes, in the mean (queue
M/M/1)."""

PREVIOUS_HOURS: Final = np.arange(HOURS_PER_WEEK) - 1
"""Hour before each hour of a week that repeats."""

ROUNDING: Final = 1e-9
"""Fraction of an instance below which a need counts as a floating-point error."""


@dataclass(frozen=True, kw_only=True)
class SizingPolicy:
    """Rules of a fleet's size."""

    target_utilisation: float = 0.6
    """Target share of an instance's throughput: the target of CPU utilisation."""
    requests_per_instance: float | None = None
    """Target of requests per second and instance, for any throughput; None: no such target. Of two
    targets, the one that requires more instances wins, as in Auto Scaling."""
    zones: int = 2
    """Availability zones over which instances are spread, as evenly as possible."""
    minimum: int | tuple[int, ...] = 2
    """Minimum number of instances: one number, or one for each hour of the week."""
    maximum: int | tuple[int, ...] | None = None
    """Maximum number of instances, likewise; None: no maximum."""
    survives_zone_loss: bool = True
    """True if the instances of all zones but one can serve each hour's demand."""
    maximum_after_loss: float = MAXIMUM_AFTER_LOSS
    """Maximum utilisation of the instances that survive the loss of a zone."""
    follows_bandwidth: bool = True
    """True if the number of instances follows their baseline bandwidth; False: only the targets above."""

    def __post_init__(self) -> None:
        if not 0 < self.target_utilisation <= 1:
            raise ValueError(f"A target utilisation is above 0 and at most 1, not {self.target_utilisation}.")
        if not 0 < self.maximum_after_loss <= 1:
            raise ValueError(
                f"A maximum utilisation is above 0 and at most 1, not {self.maximum_after_loss}."
            )
        if self.survives_zone_loss and self.zones < 2:  # noqa: PLR2004 (no zone would be left)
            raise ValueError("Only a fleet over two zones or more survives the loss of one.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sizing:
    """Instances by hour of the week; its arrays are shared, and not to be changed."""

    counts: NDArray[np.int64]
    """Running instances."""
    without_redundancy: NDArray[np.int64]
    """Instances that would be enough if nothing ever failed; the others are the cost of redundancy."""
    utilisation: Floats
    """Used share of each instance's throughput; above 1 if the maximum number is too low."""
    sized_by: SizedBy
    """Rule that decides the number in the busiest hour."""

    def __post_init__(self) -> None:
        for array in (self.counts, self.without_redundancy, self.utilisation):
            array.flags.writeable = False


@cached
def size_week(
    rates: tuple[float, ...], throughput: float, policy: SizingPolicy, bandwidth: RequestBandwidth
) -> Sizing:
    """Compute the number of instances in each hour, once for equal arguments: those of `size_fleet`."""
    return size_fleet(np.array(rates), throughput, policy, bandwidth)


def size_fleet(
    rates: Floats, throughput: float, policy: SizingPolicy, bandwidth: RequestBandwidth = UNLIMITED
) -> Sizing:
    """Compute the number of instances in each hour.

    Args:
        rates: requests per second by hour.
        throughput: requests per second of one instance whose processor is fully used.
        policy: rules of the fleet's size.
        bandwidth: requests per second that the network of one instance carries.
    """
    maximum = np.iinfo(np.int64).max if policy.maximum is None else policy.maximum
    each = throughput * policy.target_utilisation
    if policy.requests_per_instance is not None:
        each = min(each, policy.requests_per_instance)
    needs: dict[SizedBy, NDArray[np.int64]] = {"CPU": _ceiling(rates / each)}
    if policy.follows_bandwidth:
        needs["network bandwidth"] = _ceiling(rates / bandwidth.baseline)
    without_redundancy = np.clip(np.maximum.reduce([*needs.values()]), 1, maximum)
    needs["minimum"] = np.broadcast_to(policy.minimum, rates.shape)
    if policy.survives_zone_loss:
        survivors = _ceiling(rates / min(throughput * policy.maximum_after_loss, bandwidth.burst))
        # A zone holds at most ceil(n / zones) of n instances, so floor(n * (zones - 1) / zones) survive.
        needs["loss of a zone"] = -(-survivors * policy.zones // (policy.zones - 1))
    needed = np.maximum.reduce([without_redundancy, *needs.values()])
    counts = np.minimum(needed, maximum)
    busiest = int(rates.argmax())
    return Sizing(
        counts=counts,
        without_redundancy=np.minimum(without_redundancy, counts),
        utilisation=rates / (counts * throughput),
        sized_by="maximum"
        if counts[busiest] < needed[busiest]
        else max(needs, key=lambda rule: int(needs[rule][busiest])),
    )


@dataclass(frozen=True, kw_only=True)
class InstanceLayer:
    """Instances of a fleet that run in the same hours: the last one launched is terminated first."""

    count: int
    """Number of instances."""
    hours: int
    """Hours of the week in which each runs."""
    starts: int
    """Launches of each per week."""


@cached
def layers(sizing: Sizing) -> tuple[InstanceLayer, ...]:
    """Split a fleet's week into layers, from the instances that run most to those that run least."""
    count, runs = _layers(sizing)
    starts = (runs & ~runs[:, PREVIOUS_HOURS]).sum(axis=1)
    return tuple(
        InstanceLayer(count=number, hours=hours, starts=begun)
        for number, hours, begun in zip(
            count.tolist(), runs.sum(axis=1).tolist(), starts.tolist(), strict=True
        )
    )


@cached
def surplus_credits(sizing: Sizing, per_hour: float, vcpus: int, *, unlimited: bool) -> float:
    """Compute the credits that a fleet of burstable instances spends per week beyond its earned ones.

    Each instance has its own credits: an instance that is launched for a peak starts with none. In unlimited
    mode the surplus is charged, in standard mode the work is not done.
    """
    count, runs = _layers(sizing)
    spent = np.where(
        runs, np.minimum(sizing.utilisation, 1) * vcpus * cpu_credits.CREDITS_PER_VCPU_HOUR, np.nan
    )
    beyond = credit_balance.surplus_per_cycle(per_hour, spent, unlimited=unlimited)
    return float((beyond * count).sum())


def _layers(sizing: Sizing) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the number of instances of each layer, and by layer and hour whether they run."""
    levels = np.array(sorted(set(sizing.counts.tolist())))
    count = levels.copy()
    count[1:] -= levels[:-1]
    return count, sizing.counts[None, :] >= levels[:, None]


def _ceiling(values: Floats) -> NDArray[np.int64]:
    return np.ceil(values - ROUNDING).astype(np.int64)
