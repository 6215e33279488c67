"""Number agreement: more than 1 row, more than 2 rows."""

from __future__ import annotations


def noun_for(number: int, singular: str, plural: str = "") -> str:
    """Return the singular for 1, and otherwise the plural, which ends with s unless it is given."""
    return singular if number == 1 else plural or f"{singular}s"
