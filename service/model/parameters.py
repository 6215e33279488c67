"""Parameters of models, as JSON holds them."""

from __future__ import annotations

import math
from typing import Any, Final, cast

MAX_EXPONENT: Final = 709.0
"""Largest whole number of which exp() is a double."""

_NUMBERS: Final = {float, int}
"""Types of JSON's numbers; `bool` is none of them."""


def numbers(row: object) -> tuple[float, ...]:
    """Return the finite numbers of a list.

    Raises:
        TypeError, ValueError: It is no list of finite numbers.
    """
    if not isinstance(row, list | tuple):
        raise TypeError("a parameter is not a list of numbers")
    given = cast("list[Any]", row)
    if not _NUMBERS.issuperset(map(type, given)):
        raise TypeError("a parameter is not a number")
    try:
        floats = tuple(map(float, given))
    except OverflowError:  # an integer beyond every float
        floats = (math.inf,)
    if not all(map(math.isfinite, floats)):
        raise ValueError("a parameter is not finite")
    return floats
