"""Draws a flower to scale: three sepals that hang, three petals that stand, as an iris has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.model.flower import Flower

_RADIUS: Final = 100.0
"""Of the drawing, in its own units."""

_MARGIN: Final = 1.12
"""Room around the longest part."""

_SMALLEST: Final = 0.001
"""In centimetres. What is smaller than a hair's width is not blown up to the size of the drawing."""

_SEPALS: Final = (90.0, 210.0, 330.0)
_PETALS: Final = (30.0, 150.0, 270.0)
"""Directions, in degrees, clockwise from the right."""


def draw_flower(flower: Flower) -> str:
    """Return the shapes of an SVG from -100 to 100 both ways; numbers alone, nothing that a client wrote."""
    scale = _RADIUS / _span(flower)
    shapes = [
        *_leaves("sepal", flower.sl * scale, flower.sw * scale, _SEPALS),
        *_leaves("petal", flower.pl * scale, flower.pw * scale, _PETALS),
    ]
    return "".join(shapes)


def _leaves(kind: str, length: float, width: float, directions: tuple[float, ...]) -> Iterator[str]:
    for direction in directions:
        yield f'<path class="{kind}" d="{_leaf(length, width)}" transform="rotate({direction - 90:g})"/>'
        if kind == "sepal":
            signal = _leaf(length * 0.45, width * 0.28)
            yield f'<path class="signal" d="{signal}" transform="rotate({direction - 90:g})"/>'


def _leaf(length: float, width: float) -> str:
    """Return a path from the middle downwards: narrow where it begins, as wide as told further out."""
    # The curve reaches three quarters of the way to its two handles.
    bulge = width / 2 / 0.75
    near, far = length * 0.35, length * 1.02
    return (
        f"M0 0C{bulge:.2f} {near:.2f} {bulge:.2f} {far:.2f} 0 {length:.2f}"
        f"C{-bulge:.2f} {far:.2f} {-bulge:.2f} {near:.2f} 0 0Z"
    )


def scale_bar(flower: Flower) -> tuple[float, float]:
    """Return a round length in centimetres and how long that is in the drawing."""
    span = _span(flower)
    centimetres = 10 ** math.floor(math.log10(span / 2))
    return centimetres, centimetres * _RADIUS / span


def _span(flower: Flower) -> float:
    """Return how many centimetres reach from the middle to the edge of the drawing."""
    return max(_SMALLEST, flower.pl, flower.sl, flower.pw / 2, flower.sw / 2) * _MARGIN
