"""Result of a roll-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Shape: TypeAlias = Literal["function", "fleet"]

RolloutStatus: TypeAlias = Literal["released", "nothing new", "rolled back", "failed"]


FINAL_STATUSES: Final = frozenset(
    {"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"}
)
"""Statuses of an instance refresh that has ended (EC2 Auto Scaling API reference, InstanceRefresh)."""


class RolloutError(RuntimeError):
    """A roll-out can't start or continue; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class RolloutResult:
    """Result of the roll-out of one shape."""

    shape: Shape
    result: RolloutStatus
    name: str
    """Name of the function or the Auto Scaling group."""
    before: str
    """Version that served before the roll-out."""
    offered: str
    """Version to release."""
    serves: str
    """Version that serves now."""
    reason: str = ""
    """Reason why it was not released; empty if it was."""

    @property
    def succeeded(self) -> bool:
        """True if the latest version serves."""
        return self.result in {"released", "nothing new"}

    def __str__(self) -> str:
        sentence = {
            "released": f"version {self.serves} serves in place of {self.before}",
            "nothing new": f"nothing new; version {self.serves} serves",
            "rolled back": f"version {self.offered} was rolled back, {self.serves} serves",
            "failed": f"version {self.offered} did not replace {self.before}",
        }[self.result]
        return f"{self.shape} {self.name}: {sentence}" + (f" ({self.reason})" if self.reason else "")
