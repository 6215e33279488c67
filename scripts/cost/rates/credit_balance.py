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
    net = np.where(runs, per_hour - spent, 0.0)
    if (net >= 0).all():
        return np.zeros(len(spent))
    ends = runs & ~np.roll(runs, -1, axis=1)
    added, low, high = _changes_since_the_start(net, ends, lowest=lowest, maximum=maximum)
    # A period shifts the balance by the same amount wherever it starts, within both limits. Therefore one
    # period from the limit towards which it drifts leads to the balance that repeats.
    start = np.where(runs.all(axis=1), np.where(net.sum(axis=1) < 0, lowest, maximum), 0.0)
    start = _within(start + added[:, -1], low[:, -1], high[:, -1])[:, None]
    later = _within(start + added[:, :-1], low[:, :-1], high[:, :-1])
    balance, beyond = update_balance(
        np.concatenate([start, later], axis=1), net, lowest=lowest, maximum=maximum
    )
    return (beyond + np.where(ends, np.maximum(0.0, -balance), 0.0)).sum(axis=1)


def _changes_since_the_start(
    net: Floats, ends: NDArray[np.bool_], *, lowest: float, maximum: float
) -> tuple[Floats, Floats, Floats]:
    """Compute how the balances change from the start of a period to the end of each of its hours.

    An hour adds to a balance, within limits. So do several hours in a row, whose sum and limits follow from
    those of each. Therefore a week takes 8 steps, each of which joins twice as many hours, and not 168.

    Returns:
        Added credits and the limits of the result, by instance and hour.
    """
    added = net.copy()
    low, high = np.where(ends, 0.0, lowest), np.where(ends, 0.0, maximum)  # the next one starts without
    joined = 1
    while joined < net.shape[1]:
        first, then = np.s_[:, :-joined], np.s_[:, joined:]
        added[then], low[then], high[then] = (
            added[first] + added[then],
            _within(low[first] + added[then], low[then], high[then]),
            _within(high[first] + added[then], low[then], high[then]),
        )
        joined *= 2
    return added, low, high


def _within(values: Floats, low: Floats, high: Floats) -> Floats:
    return np.minimum(np.maximum(values, low), high)
