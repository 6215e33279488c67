"""Holds a packed predictor against the classifier that it was made of, point by point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from scripts.training.equivalence import sample_points as points
from scripts.training.formats.trees import cuts_of
from service.model.flower import Flower

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.model.formats import Model

    Compared: TypeAlias = Callable[[int], object]
    """Is told how many more points have been compared."""

PROBABILITY_TOLERANCE: Final = 1e-9
"""How far a probability may be from scikit-learn's: as far as a known answer may."""

_POINTS_AT_ONCE: Final = 20_000

_PROBABILITIES_OF: Final = 100
"""Probabilities are compared at one point in so many: to walk a hundred trees takes a while."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What came of a comparison."""

    points: int
    at_boundaries: int
    """Of them, next to a threshold or to the boundary between two species."""
    differences: int
    """Points that got another label."""
    example: tuple[float, ...] | None
    """One of these points, lengths in the order of `FEATURES`."""
    probability_error: float
    """Largest difference of a probability."""

    @property
    def holds(self) -> bool:
        """Whether no label differs, and no probability by more than `PROBABILITY_TOLERANCE`."""
        return not self.differences and self.probability_error <= PROBABILITY_TOLERANCE


def compare(
    fitted: Any,  # noqa: ANN401 (scikit-learn has no types)
    model: Model,
    *,
    count: int,
    seed: int,
    advance: Compared = lambda _: None,
) -> Agreement:
    """Ask both about `count` points, half at boundaries; the packed one, one at a time and all at once."""
    generator = np.random.default_rng(seed)
    at_boundaries, typed, wide = count // 2, count // 5, count // 10
    among = count - at_boundaries - typed - wide
    parts = [
        points.among_flowers(among, generator),
        points.as_typed(typed, generator),
        points.anywhere(wide, generator),
        _at_boundaries(fitted, model, at_boundaries, generator),
    ]
    every = np.vstack(parts)
    generator.shuffle(every)  # so that each hundredth is one of any part
    differences, example, error = 0, None, 0.0
    for start in range(0, count, _POINTS_AT_ONCE):
        some = every[start : start + _POINTS_AT_ONCE]
        theirs = fitted.predict(some).tolist()
        rows = [Flower(*row) for row in some.tolist()]
        ours = zip(map(model.decide, rows), model.decide_all(rows), strict=True)
        wrong = [row for row, their, both in zip(rows, theirs, ours, strict=True) if both != (their, their)]
        differences += len(wrong)
        example = example or (tuple(wrong[0]) if wrong else None)
        shares = np.array([model.probabilities(row) for row in rows[::_PROBABILITIES_OF]])
        error = max(error, float(np.abs(shares - fitted.predict_proba(some[::_PROBABILITIES_OF])).max()))
        advance(len(some))
    return Agreement(
        points=count,
        at_boundaries=at_boundaries,
        differences=differences,
        example=example,
        probability_error=error,
    )


def _at_boundaries(
    fitted: Any,  # noqa: ANN401 (no types)
    model: Model,
    count: int,
    generator: np.random.Generator,
) -> points.Points:
    if hasattr(model, "has_table"):
        return points.at_cuts(cuts_of(fitted), count, generator)
    return points.at_boundaries(fitted, count, generator)
