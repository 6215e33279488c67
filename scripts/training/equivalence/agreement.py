"""Agreement of an exported predictor with its scikit-learn classifier, point by point."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from scripts.training.formats.tree_export import split_points

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.training.equivalence.sample_points import Points, SampleSpace
    from service.model.predictor import Model

    OnPointsCompared: TypeAlias = Callable[[int], object]
    """Callback with the number of points compared since the last call."""

PROBABILITY_TOLERANCE: Final = 1e-9
"""Maximum difference of a probability from scikit-learn's, the same as for known answers."""

_POINTS_AT_ONCE: Final = 20_000

_PROBABILITY_INTERVAL: Final = 100
"""Interval of points whose probabilities are compared, as walking a hundred trees takes a while."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Result of a comparison."""

    points: int
    at_boundaries: int
    """Points next to a threshold or to the boundary between two classes."""
    differences: int
    """Points with different labels, or with values that differ by more than the tolerance."""
    example: tuple[float, ...] | None
    """First point that differs, in the order of its features."""
    probability_error: float
    """Largest difference of a probability, or of a value as a share of the largest value."""

    @property
    def holds(self) -> bool:
        """True if no label differs, and no probability by more than `PROBABILITY_TOLERANCE`."""
        return not self.differences and self.probability_error <= PROBABILITY_TOLERANCE


def compare(
    fitted: Any,  # noqa: ANN401 (scikit-learn has no types)
    model: Model,
    space: SampleSpace,
    *,
    count: int,
    seed: int,
    on_progress: OnPointsCompared = lambda _: None,
) -> Agreement:
    """Compare both at `count` points, half at boundaries; the exported one both singly and in batches.

    `model` must be specialized, as it is where it serves.
    """
    generator = np.random.default_rng(seed)
    rounded, wide = count // 5, count // 10
    at_boundaries = _at_boundaries(fitted, model, space, count // 2, generator)
    parts = [
        space.in_the_typical_range(count - len(at_boundaries) - rounded - wide, generator),
        space.with_few_decimals(rounded, generator),
        space.over_the_whole_range(wide, generator),
        at_boundaries,
    ]
    every = np.vstack(parts)
    if not hasattr(fitted, "predict_proba"):
        return _compare_values(fitted, model, every, len(at_boundaries), on_progress)
    generator.shuffle(every)  # so that every hundredth point may be of any part
    differences, example, error = 0, None, 0.0
    for start in range(0, count, _POINTS_AT_ONCE):
        some = every[start : start + _POINTS_AT_ONCE]
        expected = fitted.predict(some).tolist()
        rows = [tuple(map(float, row)) for row in some.tolist()]
        ours = zip(map(model.decide, rows), model.decide_all(rows), strict=True)
        wrong = [row for row, label, both in zip(rows, expected, ours, strict=True) if both != (label, label)]
        differences += len(wrong)
        example = example or (tuple(wrong[0]) if wrong else None)
        shares = np.array([model.probabilities(row) for row in rows[::_PROBABILITY_INTERVAL]])
        error = max(error, float(np.abs(shares - fitted.predict_proba(some[::_PROBABILITY_INTERVAL])).max()))
        on_progress(len(some))
    return Agreement(
        points=count,
        at_boundaries=len(at_boundaries),
        differences=differences,
        example=example,
        probability_error=error,
    )


def _compare_values(
    fitted: Any,  # noqa: ANN401 (no types)
    model: Model,
    points: Points,
    at_boundaries: int,
    on_progress: OnPointsCompared,
) -> Agreement:
    differences, error, largest = 0, 0.0, 0.0
    example: tuple[float, ...] | None = None
    for start in range(0, len(points), _POINTS_AT_ONCE):
        some = points[start : start + _POINTS_AT_ONCE]
        expected = fitted.predict(some).ravel()
        rows: list[tuple[float, ...]] = [tuple(map(float, row)) for row in some.tolist()]
        largest = max(largest, float(np.abs(expected).max()), sys.float_info.min)
        errors = np.abs(np.array(list(map(model.value, rows))) - expected) / largest
        wrong = np.flatnonzero(~(errors <= PROBABILITY_TOLERANCE))
        differences += len(wrong)
        example = example or (rows[int(wrong[0])] if len(wrong) else None)
        error = max(error, float(errors.max()))
        on_progress(len(some))
    return Agreement(
        points=len(points),
        at_boundaries=at_boundaries,
        differences=differences,
        example=example,
        probability_error=error,
    )


def _at_boundaries(
    fitted: Any,  # noqa: ANN401 (no types)
    model: Model,
    space: SampleSpace,
    count: int,
    generator: np.random.Generator,
) -> Points:
    if hasattr(model, "has_table"):
        return space.at_split_points(split_points(getattr(fitted, "original", fitted)), count, generator)
    if not hasattr(fitted, "predict_proba"):
        return space.in_the_typical_range(count, generator)
    return space.at_boundaries(fitted, count, generator)
