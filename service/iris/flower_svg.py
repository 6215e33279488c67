"""SVG drawing of a flower, to scale: three falling sepals and three standing petals, as an iris has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.model.feature import Row

_RADIUS: Final = 100.0
"""Radius of the drawing, in its own units."""

_MARGIN: Final = 1.12
"""Factor for the room around the longest leaf."""

_SMALLEST: Final = 0.001
"""Smallest radius, in centimetres, so that a flower thinner than a hair is not enlarged to full size."""

_SEPALS: Final = (90.0, 210.0, 330.0)
_PETALS: Final = (30.0, 150.0, 270.0)
"""Directions, in degrees, clockwise from the right."""


def draw_flower(row: Row) -> str:
    """Return the shapes of an SVG from -100 to 100 in both directions: numbers only, no text of a client."""
    pl, pw, sl, sw = row
    scale = _RADIUS / _radius_centimetres(row)
    shapes = [
        *_leaves("outer", sl * scale, sw * scale, _SEPALS),
        *_leaves("inner", pl * scale, pw * scale, _PETALS),
    ]
    return "".join(shapes)


def _leaves(kind: str, length: float, width: float, directions: tuple[float, ...]) -> Iterator[str]:
    for direction in directions:
        yield f'<path class="{kind}" d="{_leaf(length, width)}" transform="rotate({direction - 90:g})"/>'
        if kind == "outer":
            signal = _leaf(length * 0.45, width * 0.28)
            yield f'<path class="signal" d="{signal}" transform="rotate({direction - 90:g})"/>'


def _leaf(length: float, width: float) -> str:
    """Return a path from the centre downwards: narrow at its beginning, of the full width further out."""
    # A cubic curve reaches three quarters of the way to its two control points.
    bulge = width / 2 / 0.75
    near, far = length * 0.35, length * 1.02
    return (
        f"M0 0C{bulge:.2f} {near:.2f} {bulge:.2f} {far:.2f} 0 {length:.2f}C{-bulge:.2f} {far:.2f} "
        f"{-bulge:.2f} {near:.2f} 0 0Z"
    )


def scale_bar(row: Row) -> tuple[float, float]:
    """Return a power of ten in centimetres, and its length in the drawing."""
    radius = _radius_centimetres(row)
    centimetres = 10 ** math.floor(math.log10(radius / 2))
    return centimetres, centimetres * _RADIUS / radius


def _radius_centimetres(row: Row) -> float:
    """Return the distance from the centre to the edge of the drawing."""
    pl, pw, sl, sw = row
    return max(_SMALLEST, pl, sl, pw / 2, sw / 2) * _MARGIN
