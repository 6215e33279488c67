"""CPU credits of the burstable instance types (T3, T3a, T4g).

One credit is one vCPU at full speed for a minute. Source of all rules and figures: EC2 user guide,
"Key concepts for burstable performance instances" and "Unlimited mode examples".
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

CREDITS_PER_HOUR: Final = {
    "nano": 6,
    "micro": 12,
    "small": 24,
    "medium": 24,
    "large": 36,
    "xlarge": 96,
    "2xlarge": 192,
}
"""What a size earns, the same in all three families."""

FAMILIES: Final = {"t3": "credits.t3", "t3a": "credits.t3", "t4g": "credits.t4g"}
"""Burstable family -> the item that prices a vCPU-hour beyond what was earned."""

HOURS_KEPT: Final = 24
"""Credits earned in so many hours are the most that can be saved, and the most that can be owed."""

CREDITS_PER_VCPU_HOUR: Final = 60


def most_credits(per_hour: float) -> float:
    """The most that can be saved, and the most that can be owed."""
    return per_hour * HOURS_KEPT


def spend(balance: Floats, net: Floats, *, lowest: float, most: float) -> tuple[Floats, Floats]:
    """Let time pass.

    Args:
        balance: credits that are saved, or below zero those that are owed.
        net: credits earned less credits spent.
        lowest: the balance never falls below. In unlimited mode that is as far below zero as `most` is above,
            in standard mode zero.
        most: the balance never rises above.

    Returns:
        The new balance, and the credits spent beyond the lowest one: in unlimited mode these are charged, in
        standard mode they cannot be spent, and their work is not done.
    """
    free = balance + net
    return np.minimum(np.maximum(free, lowest), most), np.maximum(0.0, lowest - free)


def is_burstable(instance_type: str) -> bool:
    """Say whether the type lives on credits."""
    return instance_type.split(".", maxsplit=1)[0] in FAMILIES


def credits_per_hour(instance_type: str) -> int:
    """Look up what a burstable type earns."""
    return CREDITS_PER_HOUR[instance_type.split(".")[1]]


def beyond_in_a_cycle(per_hour: float, spent: Floats, *, unlimited: bool) -> Floats:
    """Credits spent beyond the lowest balance, in one round of a cycle that repeats for ever.

    Args:
        per_hour: credits earned.
        spent: credits by instance and hour; NaN where the instance does not run. It ends there, is charged
            for what it owes, and starts with nothing the next time.
        unlimited: whether an instance may owe.

    Returns:
        Credits by instance: charged in unlimited mode, missing in standard mode.
    """
    most = most_credits(per_hour)
    lowest = -most if unlimited else 0.0
    runs = ~np.isnan(spent)
    net = np.where(runs, per_hour - np.nan_to_num(spent), 0.0)
    if (net >= 0).all():
        return np.zeros(len(spent))
    ends = runs & ~np.roll(runs, -1, axis=1)
    # A round shifts the balance by the same amount wherever it starts, and stops at both ends. So from the
    # end towards which it drifts, one round leads to the balance that comes back for ever.
    balance = np.where(runs.all(axis=1), np.where(net.sum(axis=1) < 0, lowest, most), 0.0)
    beyond = np.zeros(len(spent))
    for counts in (0.0, 1.0):
        for hour in range(spent.shape[1]):
            balance, more = spend(balance, net[:, hour], lowest=lowest, most=most)
            owed = np.where(ends[:, hour], np.maximum(0.0, -balance), 0.0)
            beyond += counts * (more + owed)
            balance = np.where(ends[:, hour], 0.0, balance)
    return beyond
