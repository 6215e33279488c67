"""A flower: the four lengths that every predictor is asked about, in the one order that all parts share.

Standard library alone, so that whoever must start quickly can import it without a framework.
"""

# Annotations are no strings here: a named tuple would compile them, and the first thing that a process
# compiles takes it longer (3 ms) than all else that a function does before its first answer.
import re
from typing import Final, NamedTuple

MAX_CENTIMETRES: Final = 100.0
"""A longer length is refused. The longest of Fisher's data set is 7.9 cm; 79 mm by mistake still passes."""

ALLOWED_LENGTH: Final = f"a number of centimetres from 0 to {MAX_CENTIMETRES:g}"
"""What a client is told that a length may be."""

_DECIMAL: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""Each digit can be matched in one way only: with two, a long text that ends wrongly takes time that grows
with the square of its length. float() would also take `nan`, `inf`, `1_0`, blanks around the number and the
digits of every script."""


class Flower(NamedTuple):
    """One iris. Lengths in centimetres, each from 0 to `MAX_CENTIMETRES`."""

    pl: float
    """Length of a petal."""
    pw: float
    """Width of a petal."""
    sl: float
    """Length of a sepal."""
    sw: float
    """Width of a sepal."""


FEATURES: Final = Flower._fields
"""The order in which predictors take the lengths: pl, pw, sl, sw."""


class LengthError(ValueError):
    """What was given is not a length."""


def parse_length(given: object) -> float:
    """Read a length in centimetres from a number or from the text of a decimal number.

    Raises:
        LengthError: it is anything else (a boolean, null, a list), not finite, or out of range.
    """
    if isinstance(given, str):
        if not _DECIMAL.fullmatch(given):
            raise LengthError(ALLOWED_LENGTH)
        length = float(given)
    elif isinstance(given, (int, float)) and not isinstance(given, bool):
        length = given
    else:
        raise LengthError(ALLOWED_LENGTH)
    # One comparison turns away what is negative, too long, infinite and not a number, and an integer
    # too large for a float never becomes one.
    if not 0 <= length <= MAX_CENTIMETRES:
        raise LengthError(ALLOWED_LENGTH)
    return float(length)


def unswap(flower: Flower) -> tuple[Flower, bool]:
    """Exchange petals and sepals where they were given in each other's place, and say whether they were.

    No iris has petals that are both longer and wider than its sepals: in none of the 150 rows of Fisher's
    data set is a petal longer or wider than the sepal. People do mix the two up, so such a flower is read the
    other way.
    """
    if flower.pl > flower.sl and flower.pw > flower.sw:
        return Flower(pl=flower.sl, pw=flower.sw, sl=flower.pl, sw=flower.pw), True
    return flower, False
