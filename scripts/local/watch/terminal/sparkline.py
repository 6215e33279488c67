"""Sparklines: a value over time as a row of characters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCKS: Final = "▁▂▃▄▅▆▇█"
"""Characters of rising height (Unicode block elements)."""

ASCII: Final = "_.-:=+*#"
"""Characters that look like rising values where an encoding has no blocks."""

ROUNDING: Final = 1e-9
"""Error of a share that lifts no value to the next character."""


def levels_for(encoding: str) -> str:
    """Return the characters that an encoding has."""
    try:
        BLOCKS.encode(encoding)
    except UnicodeEncodeError:
        return ASCII
    return BLOCKS


def sparkline(
    values: Iterable[tuple[float, float | None]],
    *,
    columns: int,
    end: float,
    seconds: float,
    maximum: float,
    levels: str,
) -> str:
    """Return the largest value of each column's share of the time up to `end`.

    Args:
        values: Time and value; None, like a time without a value, leaves its column blank.
        columns: Number of characters.
        end: Time of the last column.
        seconds: Time that all columns show.
        maximum: Value of the highest character; greater ones look the same.
        levels: Characters of rising values, of which the first stands for zero only.
    """
    highest: list[float | None] = [None] * columns
    for time, value in values:
        column = columns - 1 - int((end - time) / seconds * columns)
        if value is not None and 0 <= column < columns:
            highest[column] = max(value, highest[column] or 0.0)
    return "".join(
        " " if value is None else levels[_level(value / maximum, len(levels))] for value in highest
    )


def _level(share: float, count: int) -> int:
    """Return the index of a share: 0 for nothing only, and the last one from 1 on."""
    return min(math.ceil(share * (count - 1) - ROUNDING), count - 1) if share > 0 else 0
