"""Sample points for the comparison with scikit-learn: over the whole range, and at decision boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from service.model.flower import MAX_CENTIMETRES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    """Shape (points, 4): lengths in centimetres."""

MAXIMUM_TYPICAL_LENGTH: Final = 10.0
"""Maximum length of most points, in centimetres; no iris has a longer part."""

MINIMUM_LOG_RATIO: Final = 1e-11
"""Minimum difference between the logarithms of the two largest probabilities, at points next to a boundary.
Closer to it, scikit-learn contradicts itself: it computes linear scores with the machine's linear algebra,
whose sums round differently for one flower than for many. Of points in the last digit of a boundary, a third
get another label when they are predicted one at a time."""


def in_the_typical_range(count: int, generator: np.random.Generator) -> Points:
    """Return points between 0 and `MAXIMUM_TYPICAL_LENGTH`."""
    return generator.uniform(0, MAXIMUM_TYPICAL_LENGTH, (count, 4))


def with_few_decimals(count: int, generator: np.random.Generator) -> Points:
    """Return points with one or two decimals, as people enter them; thresholds often have such values."""
    points = in_the_typical_range(count, generator)
    return np.where(generator.random((count, 1)) < 0.5, points.round(1), points.round(2))  # noqa: PLR2004 (half)


def over_the_whole_range(count: int, generator: np.random.Generator) -> Points:
    """Return points over the whole allowed range."""
    return generator.uniform(0, MAX_CENTIMETRES, (count, 4))


def at_split_points(splits: list[list[float]], count: int, generator: np.random.Generator) -> Points:
    """Return points with about half of the lengths at a split point, or next to it on either side.

    Next to it are the adjacent doubles, and the nearest singles, whose rounding the split points represent.
    """
    points = in_the_typical_range(count, generator)
    for feature, axis in enumerate(splits):
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
    """Return points on both sides of the boundaries between species, as close as scikit-learn is consistent.

    Bisects the line between two flowers of different species down to adjacent doubles, and then steps back
    towards each of them until `MINIMUM_LOG_RATIO`.
    """
    found: list[Points] = []
    missing = count
    while missing > 0:
        here, there = _pairs_of_different_species(fitted, missing, generator)
        begun_here, begun_there = here, there
        label = fitted.predict(here)
        # Doubles have 53 binary digits; after as many bisections the two are adjacent.
        for _ in range(54):
            half_way = (here + there) / 2
            is_here = (fitted.predict(half_way) == label)[:, None]
            here, there = np.where(is_here, half_way, here), np.where(is_here, there, half_way)
        sides = np.vstack([_step_away(fitted, here, begun_here), _step_away(fitted, there, begun_there)])
        found.append(sides[:missing])
        missing -= len(found[-1])
    return np.vstack(found)


def _pairs_of_different_species(
    fitted: Any,  # noqa: ANN401 (no types)
    count: int,
    generator: np.random.Generator,
) -> tuple[Points, Points]:
    """Return pairs of points of different species, about half of `count`, but at least one."""
    while True:
        here, there = in_the_typical_range(count, generator), in_the_typical_range(count, generator)
        differ = np.flatnonzero(fitted.predict(here) != fitted.predict(there))[: count // 2 + 1]
        if len(differ):
            return here[differ], there[differ]


def _step_away(fitted: Any, near: Points, away: Points) -> Points:  # noqa: ANN401 (no types)
    """Step from each point towards another, doubling the distance, until the label is certain."""
    share = np.zeros((len(near), 1))
    for exponent in range(-50, 1):
        points = near + share * (away - near)
        two = np.sort(fitted.predict_proba(points), axis=1)[:, -2:]
        with np.errstate(divide="ignore"):
            uncertain = np.log(two[:, 1]) - np.log(two[:, 0]) < MINIMUM_LOG_RATIO
        if not uncertain.any():
            break
        share[uncertain] = 2.0**exponent
    return near + share * (away - near)
