"""CPU credits of the burstable instance types (T3, T3a, T4g).

One credit is one vCPU at full speed for a minute. Source of all rules and figures: EC2 user guide,
"Key concepts for burstable performance instances" and "Unlimited mode examples".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

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


@dataclass(frozen=True, kw_only=True)
class Credits:
    """An account of credits: what was saved, or what is owed."""

    per_hour: float
    """Earned."""
    saved: float = 0.0
    """T3 and later start with nothing."""
    owed: float = 0.0
    """Spent before they were earned; not yet charged."""

    @property
    def most(self) -> float:
        """The most that can be saved, and the most that can be owed."""
        return self.per_hour * HOURS_KEPT

    def after(self, spent: float, hours: float = 1) -> tuple[Credits, float]:
        """Let time pass in unlimited mode.

        Returns:
            The new account, and how many credits are charged.
        """
        balance = self.saved - self.owed + self.per_hour * hours - spent
        owed = max(0.0, -balance)
        charged = max(0.0, owed - self.most)
        saved = min(self.most, max(0.0, balance))
        return Credits(per_hour=self.per_hour, saved=saved, owed=owed - charged), charged

    def throttled(self, spent: float, hours: float = 1) -> tuple[Credits, float]:
        """Let time pass in standard mode.

        Returns:
            The new account, and how many of the credits could not be spent: the work was not done.
        """
        balance = self.saved + self.per_hour * hours - spent
        missing = max(0.0, -balance)
        return Credits(per_hour=self.per_hour, saved=min(self.most, max(0.0, balance))), missing


def is_burstable(instance_type: str) -> bool:
    """Say whether the type lives on credits."""
    return instance_type.split(".", maxsplit=1)[0] in FAMILIES


def credits_per_hour(instance_type: str) -> int:
    """Look up what a burstable type earns."""
    return CREDITS_PER_HOUR[instance_type.split(".")[1]]


def charged_in_a_cycle(per_hour: float, spent: Sequence[float | None]) -> float:
    """Credits charged in one round of a cycle that repeats for ever, in unlimited mode.

    Args:
        per_hour: credits earned.
        spent: credits for each hour of the cycle; None where the instance does not run. It ends there, is
            charged for what it owes, and starts with nothing the next time.
    """
    fresh = Credits(per_hour=per_hour)
    account = fresh
    if None not in spent:
        # A round shifts the balance by the same amount wherever it starts, and stops at both ends. So from
        # the end towards which it drifts, one round leads to the balance that comes back for ever.
        drifts_down = sum(hour or 0 for hour in spent) > per_hour * len(spent)
        account = replace(fresh, owed=fresh.most) if drifts_down else replace(fresh, saved=fresh.most)
    charged = 0.0
    for counts in (False, True):
        for index, hour in enumerate(spent):
            if hour is None:
                account = fresh
                continue
            account, more = account.after(hour)
            ends = spent[(index + 1) % len(spent)] is None
            if counts:
                charged += more + (account.owed if ends else 0.0)
    return charged
