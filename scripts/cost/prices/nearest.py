"""What somebody may have meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class UnknownNameError(ValueError):
    """A name that is not known; the text offers the nearest that are."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        near = nearest(name, known)
        hint = f" Nearest: {', '.join(near)}." if near else ""
        super().__init__(f"No {kind} {name!r}{f' {where}' if where else ''}.{hint}")


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` of the `known` names that look like `name`, the most similar first."""
    return difflib.get_close_matches(name.lower(), list(known), n=count, cutoff=0.5)
