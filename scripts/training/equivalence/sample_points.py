"""Sample points for the comparison with scikit-learn: over the whole range, and at decision boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from service.model.definition import Definition

    Points = NDArray[np.float64]
    """Shape (points, features)."""

MINIMUM_LOG_RATIO: Final = 1e-11
"""Minimum difference between the logarithms of the two largest probabilities, at points next to a boundary.
Closer to it, scikit-learn contradicts itself: it computes linear scores with the machine's linear algebra,
whose sums round differently for one row than for many. Of points in the last digit of a boundary, a third get
another label when they are predicted one at a time."""

_MAX_DRAWS: Final = 20
"""Maximum number of draws for points of different classes, each of as many pairs as points are missing: a
model that names one class everywhere has no boundary."""


_MISSING_SHARE: Final = 0.2
"""Share of missing values, of features where they may be missing."""


class SampleSpace:
    """Points that a model may be asked about."""

    def __init__(self, definition: Definition, rows: Points) -> None:
        """Create the space from the definition and the rows of the training data.

        Most points are typical: up to half a range beyond the training data, where that is allowed.
        """
        features = definition.features
        self._rows = rows
        minimum, maximum = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
        self._allowed = (
            np.array([feature.minimum for feature in features]),
            np.array([feature.maximum for feature in features]),
        )
        margin = (maximum - minimum) / 2
        self._typical = (
            np.maximum(minimum - margin, self._allowed[0]),
            np.minimum(maximum + margin, self._allowed[1]),
        )
        self._whole = np.array([feature.type != "number" for feature in features])
        self._categories = np.array([bool(feature.levels) for feature in features])
        self._optional = np.array([feature.optional for feature in features])

    def in_the_typical_range(self, count: int, generator: np.random.Generator) -> Points:
        """Return points in and around the training data."""
        return self._uniform(self._typical, count, generator)

    def with_few_decimals(self, count: int, generator: np.random.Generator) -> Points:
        """Return points with one or two decimals, as people enter them; thresholds often have such values."""
        points = self.in_the_typical_range(count, generator)
        rounded = np.where(generator.random((count, 1)) < 0.5, points.round(1), points.round(2))  # noqa: PLR2004 (half)
        return np.clip(rounded, *self._allowed)

    def over_the_whole_range(self, count: int, generator: np.random.Generator) -> Points:
        """Return points over the whole allowed range."""
        return self._uniform(self._allowed, count, generator)

    def at_split_points(
        self, splits: list[list[float]], count: int, generator: np.random.Generator
    ) -> Points:
        """Return points with about half of the values at a split point, or next to it on either side.

        Next to it are the adjacent doubles, and the nearest singles, whose rounding the split points
        represent.
        """
        points = self.in_the_typical_range(count, generator)
        for feature, axis in enumerate(splits):
            if not axis or self._whole[feature]:
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
        return np.clip(points, *self._allowed)

    def at_boundaries(self, fitted: Any, count: int, generator: np.random.Generator) -> Points:  # noqa: ANN401 (no types)
        """Return points on both sides of the boundaries between classes, where scikit-learn is consistent.

        Bisects the line between two points of different classes down to adjacent doubles, and then steps back
        towards each of them until `MINIMUM_LOG_RATIO`. There are fewer than `count`, or none, if hardly any
        points are of different classes.
        """
        here, there = self._pairs_of_different_classes(fitted, count // 2 + 1, generator)
        if not len(here):
            return here
        begun_here, begun_there = here, there
        label = fitted.predict(here)
        # Doubles have 53 binary digits; after as many bisections the two are adjacent.
        for _ in range(54):
            half_way = (here + there) / 2
            is_here = (fitted.predict(half_way) == label)[:, None]
            here, there = np.where(is_here, half_way, here), np.where(is_here, there, half_way)
        near, away = np.vstack([here, there]), np.vstack([begun_here, begun_there])
        return _step_away(fitted, near, away)[:count]

    def _pairs_of_different_classes(
        self,
        fitted: Any,  # noqa: ANN401 (no types)
        count: int,
        generator: np.random.Generator,
    ) -> tuple[Points, Points]:
        """Return `count` pairs of points of different classes, fewer if few differ.

        Rows of the training data are paired, and random points: features that depend on each other make the
        latter improbable, and a model may name one class at all of them.
        """
        pairs = [(self._rows[:0], self._rows[:0])]
        for _ in range(_MAX_DRAWS):
            here, there = self._any(count, generator), self._any(count, generator)
            # Between two levels, or a number and a missing one, is nothing.
            kept = self._categories | np.isnan(here) | np.isnan(there)
            there = np.where(kept, here, there)
            differ = generator.permutation(np.flatnonzero(fitted.predict(here) != fitted.predict(there)))
            pairs.append((here[differ], there[differ]))
            if sum(len(some) for some, _ in pairs) >= count:
                break
        ours, others = zip(*pairs, strict=True)
        return np.vstack(ours)[:count], np.vstack(others)[:count]

    def _any(self, count: int, generator: np.random.Generator) -> Points:
        """Return rows of the data, and as many random points."""
        rows = self._rows[generator.integers(len(self._rows), size=count)]
        return np.vstack([rows, self.in_the_typical_range(count, generator)])

    def _uniform(
        self,
        between: tuple[NDArray[np.float64], NDArray[np.float64]],
        count: int,
        generator: np.random.Generator,
    ) -> Points:
        points = generator.uniform(*between, (count, len(self._whole)))
        points = np.where(self._whole, points.round(), points)
        if self._optional.any():
            is_missing = self._optional & (generator.random(points.shape) < _MISSING_SHARE)
            points[is_missing] = np.nan
        return points


def _step_away(fitted: Any, near: Points, away: Points) -> Points:  # noqa: ANN401 (no types)
    """Step from each point towards another, doubling the distance, until the label is certain."""
    share, uncertain = np.zeros((len(near), 1)), np.arange(len(near))
    for exponent in range(-50, 1):
        points = near[uncertain] + share[uncertain] * (away - near)[uncertain]
        two = np.sort(fitted.predict_proba(points), axis=1)[:, -2:]
        with np.errstate(divide="ignore"):
            is_close = np.log(two[:, 1]) - np.log(two[:, 0]) < MINIMUM_LOG_RATIO
        uncertain = uncertain[is_close]
        if not len(uncertain):
            break
        share[uncertain] = 2.0**exponent
    return near + share * (away - near)
