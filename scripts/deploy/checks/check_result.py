"""Result of one preflight check: passed, a remark, or a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CheckStatus: TypeAlias = Literal["ok", "note", "problem"]


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """Result of one check, a row in the report of `iris doctor`."""

    check: str
    """Subject of the check."""
    state: CheckStatus
    message: str
    fix: str = ""
    """Advice; empty if there is nothing to do."""


def ok(check: str, message: str) -> CheckResult:
    """Return the result of a check that passed."""
    return CheckResult(check=check, state="ok", message=message)


def note(check: str, message: str, fix: str = "") -> CheckResult:
    """Return a remark, which does not make a deployment fail."""
    return CheckResult(check=check, state="note", message=message, fix=fix)


def problem(check: str, message: str, fix: str) -> CheckResult:
    """Return a problem, which would make a deployment fail."""
    return CheckResult(check=check, state="problem", message=message, fix=fix)
