"""Where a packed predictor is held against scikit-learn: all over, and next to its decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from service.model.flower import MAX_CENTIMETRES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    """Shape (points, 4): lengths in centimetres."""

LONGEST_LIKELY: Final = 10.0
"""In cm. No iris has a longer part; most points are up to here, as most flowers asked about will be."""

TELLABLE: Final = 1e-11
"""By how much the logarithms of the two largest probabilities differ, at the points next to a boundary.
Nearer than that, scikit-learn contradicts itself: it leaves linear scores to the machine's linear algebra,
whose sums round otherwise for one flower than for many. Of points in the last digit of a boundary, it gives
a third another label when it is asked about one at a time."""


def among_flowers(count: int, generator: np.random.Generator) -> Points:
    """Return points anywhere between 0 and `LONGEST_LIKELY`."""
    return generator.uniform(0, LONGEST_LIKELY, (count, 4))


def as_typed(count: int, generator: np.random.Generator) -> Points:
    """Return points as people give them, with one or two decimals; thresholds often lie on such."""
    points = among_flowers(count, generator)
    return np.where(generator.random((count, 1)) < 0.5, points.round(1), points.round(2))  # noqa: PLR2004 (half)


def anywhere(count: int, generator: np.random.Generator) -> Points:
    """Return points all over what is allowed."""
    return generator.uniform(0, MAX_CENTIMETRES, (count, 4))


def at_cuts(cuts: list[list[float]], count: int, generator: np.random.Generator) -> Points:
    """Return points of which about half of the lengths are at a cut, or next to it on either side.

    Next to it is the next double, the one after, and the nearest singles, whose rounding the cuts stand for.
    """
    points = among_flowers(count, generator)
    for feature, axis in enumerate(cuts):
        if not axis:
            continue
        at = np.array(axis)
        single = at.astype(np.float32)
        neighbours = [
            at,
            np.nextafter(at, np.inf),
            np.nextafter(at, -np.inf),
            np.nextafter(np.nextafter(at, np.inf), np.inf),
            single.astype(np.float64),
            np.nextafter(single, np.float32(np.inf)).astype(np.float64),
            np.nextafter(single, np.float32(-np.inf)).astype(np.float64),
        ]
        chosen = generator.choice(np.concatenate(neighbours), count)
        points[:, feature] = np.where(generator.random(count) < 0.5, chosen, points[:, feature])  # noqa: PLR2004 (half)
    return np.maximum(points, 0)


def at_boundaries(fitted: Any, count: int, generator: np.random.Generator) -> Points:  # noqa: ANN401 (no types)
    """Return points on both sides of the boundaries between species, as near as scikit-learn can tell.

    Halves the way between two flowers of different species until nothing is left of it, and then steps back
    towards each of them until `TELLABLE`.
    """
    found: list[Points] = []
    missing = count
    while missing > 0:
        here, there = _straddling(fitted, missing, generator)
        begun_here, begun_there = here, there
        label = fitted.predict(here)
        # Doubles have 53 binary digits; after as many halvings the two are neighbours.
        for _ in range(54):
            half_way = (here + there) / 2
            is_here = (fitted.predict(half_way) == label)[:, None]
            here, there = np.where(is_here, half_way, here), np.where(is_here, there, half_way)
        sides = np.vstack([_tellable(fitted, here, begun_here), _tellable(fitted, there, begun_there)])
        found.append(sides[:missing])
        missing -= len(found[-1])
    return np.vstack(found)


def _straddling(fitted: Any, count: int, generator: np.random.Generator) -> tuple[Points, Points]:  # noqa: ANN401 (no types)
    """Return pairs of points that differ in species, about half as many as asked for, but at least one."""
    while True:
        here, there = among_flowers(count, generator), among_flowers(count, generator)
        differ = np.flatnonzero(fitted.predict(here) != fitted.predict(there))[: count // 2 + 1]
        if len(differ):
            return here[differ], there[differ]


def _tellable(fitted: Any, near: Points, away: Points) -> Points:  # noqa: ANN401 (no types)
    """Step from each point towards another one, twice as far each time, until the label is beyond doubt."""
    share = np.zeros((len(near), 1))
    for exponent in range(-50, 1):
        points = near + share * (away - near)
        two = np.sort(fitted.predict_proba(points), axis=1)[:, -2:]
        with np.errstate(divide="ignore"):
            in_doubt = np.log(two[:, 1]) - np.log(two[:, 0]) < TELLABLE
        if not in_doubt.any():
            break
        share[in_doubt] = 2.0**exponent
    return near + share * (away - near)
