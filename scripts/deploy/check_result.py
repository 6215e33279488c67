"""What a check found out: all is well, something to know, or something to mend first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "note", "problem"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of a doctor's report."""

    check: str
    """What was looked at."""
    state: State
    says: str
    fix: str = ""
    """What to do about it; empty where there is nothing to do."""


def ok(check: str, says: str) -> Finding:
    """Tell that all is well."""
    return Finding(check=check, state="ok", says=says)


def note(check: str, says: str, fix: str = "") -> Finding:
    """Tell something that a deployment can live with."""
    return Finding(check=check, state="note", says=says, fix=fix)


def problem(check: str, says: str, fix: str) -> Finding:
    """Tell what would make a deployment fail."""
    return Finding(check=check, state="problem", says=says, fix=fix)
