"""Predictors of kind `linear`: a weight for each length and class, and one intercept for each class.

It is what logistic regression learns. Plain arithmetic: one flower needs fifteen numbers, and to import
numpy costs more than thousands of predictions.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.flower import Flower

Weights: TypeAlias = tuple[float, float, float, float]
"""One weight for each of the lengths, in the order of `FEATURES`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Scores each class with a weighted sum of the lengths; the highest score wins.

    Equal to `LogisticRegression` of scikit-learn: the same sums, and softmax for the probabilities.
    """

    coefficients: tuple[Weights, ...]
    """One row for each class."""
    intercepts: tuple[float, ...]
    """One for each class."""

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Linear:
        """Read the parameters from the content of a `predictor.json`.

        Raises:
            KeyError, TypeError, ValueError: one is missing, or is not a finite number.
        """
        rows = [tuple(float(weight) for weight in row) for row in packed["coefficients"]]
        intercepts = tuple(float(intercept) for intercept in packed["intercepts"])
        if len(rows) != len(intercepts):
            raise ValueError(f"{len(rows)} rows of coefficients, but {len(intercepts)} intercepts")
        if not all(math.isfinite(number) for number in (*itertools.chain(*rows), *intercepts)):
            raise ValueError("a parameter is not finite")
        return cls(coefficients=tuple((pl, pw, sl, sw) for pl, pw, sl, sw in rows), intercepts=intercepts)

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return len(self.coefficients)

    def decide(self, flower: Flower) -> int:
        """Return the index of the likeliest class, the first one of equals as in numpy's argmax."""
        scores = self._scores(flower)
        return scores.index(max(scores))

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in their order; they add up to 1."""
        scores = self._scores(flower)
        highest = max(
            scores
        )  # softmax does not change when all scores are shifted, and exp() cannot overflow
        powers = [math.exp(score - highest) for score in scores]
        total = math.fsum(powers)
        return tuple(power / total for power in powers)

    def _scores(self, flower: Flower) -> list[float]:
        pl, pw, sl, sw = flower
        return [
            for_pl * pl + for_pw * pw + for_sl * sl + for_sw * sw + intercept
            for (for_pl, for_pw, for_sl, for_sw), intercept in zip(
                self.coefficients, self.intercepts, strict=True
            )
        ]
