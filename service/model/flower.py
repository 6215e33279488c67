"""A flower: the four lengths that every predictor takes, in the order that all modules share.

Standard library only, so that a Lambda cold start imports it without a framework.
"""

# Without `from __future__ import annotations`: a named tuple would compile the strings, and the first
# compilation takes a process longer (3 ms) than everything else that a function does before its first
# response.
import re
from typing import Final, NamedTuple

MAX_CENTIMETRES: Final = 100.0
"""Maximum length. The longest of Fisher's data set is 7.9 cm; 79 mm by mistake is still accepted."""

ALLOWED_LENGTH: Final = f"a number of centimetres from 0 to {MAX_CENTIMETRES:g}"
"""Allowed values of a length, as error responses name them."""

_DECIMAL: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""Text of a decimal number. Each digit matches in one way only: with two, an invalid long text would take
time that grows with the square of its length. float() would also accept `nan`, `inf`, `1_0`, whitespace
around the number and the digits of every script."""


class Flower(NamedTuple):
    """One iris: lengths in centimetres, each from 0 to `MAX_CENTIMETRES`."""

    pl: float
    """Length of a petal."""
    pw: float
    """Width of a petal."""
    sl: float
    """Length of a sepal."""
    sw: float
    """Width of a sepal."""


FEATURES: Final = Flower._fields
"""Names of the lengths in the order of every predictor's input: pl, pw, sl, sw."""


class LengthError(ValueError):
    """A value is not a length."""


def parse_length(value: object) -> float:
    """Parse a length in centimetres: a number or the text of a decimal number.

    Raises:
        LengthError: The value is of another type (a boolean, null, a list), not finite, or out of range.
    """
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            raise LengthError(ALLOWED_LENGTH)
        length = float(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        length = value
    else:
        raise LengthError(ALLOWED_LENGTH)
    # One comparison refuses negative, too long and infinite numbers and NaN, before float() would overflow on
    # a huge integer.
    if not 0 <= length <= MAX_CENTIMETRES:
        raise LengthError(ALLOWED_LENGTH)
    return float(length)


def unswap(flower: Flower) -> tuple[Flower, bool]:
    """Exchange petals and sepals if they were given in each other's place, and return whether they were.

    No iris has petals that are both longer and wider than its sepals: in none of the 150 rows of Fisher's
    data set is a petal longer or wider than the sepal. People do confuse the two.
    """
    if flower.pl > flower.sl and flower.pw > flower.sw:
        return Flower(pl=flower.sl, pw=flower.sw, sl=flower.pl, sw=flower.pw), True
    return flower, False
