"""What came of a roll-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Shape: TypeAlias = Literal["function", "fleet"]

Result: TypeAlias = Literal["released", "nothing new", "rolled back", "failed"]


class RolloutError(RuntimeError):
    """A roll-out can't begin or go on; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one shape ended."""

    shape: Shape
    result: Result
    name: str
    """Of the function or the Auto Scaling group."""
    before: str
    """The version that served when it began."""
    offered: str
    """The version that was to take over."""
    serves: str
    """The version that serves now."""
    reason: str = ""
    """Why it was not released."""

    @property
    def is_good(self) -> bool:
        """Whether the newest version serves."""
        return self.result in {"released", "nothing new"}

    def __str__(self) -> str:
        sentence = {
            "released": f"version {self.serves} serves in place of {self.before}",
            "nothing new": f"nothing new; version {self.serves} serves",
            "rolled back": f"version {self.offered} was rolled back, {self.serves} serves",
            "failed": f"version {self.offered} did not take over from {self.before}",
        }[self.result]
        return f"{self.shape} {self.name}: {sentence}" + (f" ({self.reason})" if self.reason else "")
