"""Balance of CPU credits of burstable instances, and the surplus that is charged.

Source of all rules and figures: EC2 user guide, "Unlimited mode examples".
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

FAMILIES: Final = {"t3": "credits.t3", "t3a": "credits.t3", "t4g": "credits.t4g"}
"""Burstable family -> item of the price of a vCPU-hour of surplus credits."""

HOURS_KEPT: Final = 24
"""Hours whose earned credits are the maximum of accrued credits, and the maximum of uncharged surplus
credits."""


def maximum_credits(per_hour: float) -> float:
    """Return the maximum of accrued credits, which is also the maximum of uncharged surplus credits."""
    return per_hour * HOURS_KEPT


def update_balance(balance: Floats, net: Floats, *, lowest: float, maximum: float) -> tuple[Floats, Floats]:
    """Update credit balances after an hour.

    Args:
        balance: accrued credits, or, below zero, surplus credits.
        net: earned credits minus spent credits.
        lowest: minimum of the balance: `-maximum` in unlimited mode, zero in standard mode.
        maximum: maximum of the balance.

    Returns:
        The new balance, and the credits beyond the minimum: in unlimited mode they are charged, in standard
        mode they can't be spent, and the work is not done.
    """
    free = balance + net
    return np.minimum(np.maximum(free, lowest), maximum), np.maximum(0.0, lowest - free)


def surplus_per_cycle(per_hour: float, spent: Floats, *, unlimited: bool) -> Floats:
    """Compute the surplus credits in one period of a repeating cycle.

    Args:
        per_hour: credits earned per hour.
        spent: credits by instance and hour; NaN while the instance does not run. It is terminated there,
            charged for its surplus credits, and launched without credits the next time.
        unlimited: whether instances are in unlimited mode.

    Returns:
        Credits by instance: charged in unlimited mode, missing in standard mode.
    """
    maximum = maximum_credits(per_hour)
    lowest = -maximum if unlimited else 0.0
    runs = ~np.isnan(spent)
    net = np.where(runs, per_hour - np.nan_to_num(spent), 0.0)
    if (net >= 0).all():
        return np.zeros(len(spent))
    ends = runs & ~np.roll(runs, -1, axis=1)
    # A period shifts the balance by the same amount wherever it starts, within both limits. Therefore one
    # period from the limit towards which it drifts leads to the balance that repeats.
    balance = np.where(runs.all(axis=1), np.where(net.sum(axis=1) < 0, lowest, maximum), 0.0)
    beyond = np.zeros(len(spent))
    for counts in (0.0, 1.0):
        for hour in range(spent.shape[1]):
            balance, more = update_balance(balance, net[:, hour], lowest=lowest, maximum=maximum)
            owed = np.where(ends[:, hour], np.maximum(0.0, -balance), 0.0)
            beyond += counts * (more + owed)
            balance = np.where(ends[:, hour], 0.0, balance)
    return beyond
