"""Predictors of kind `linear`: logistic regression, linear discriminant analysis, and linear regression.

Each class, or the value of a regression, has a weight per feature and an intercept. Plain arithmetic: one row
needs few numbers, and importing numpy takes longer than thousands of predictions.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Final

from service.model.parameters import MAX_EXPONENT, numbers
from service.model.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from service.model.feature import Inputs, Row

_ROUNDING: Final = 2.0**-47
"""Rounding tolerance per term of a score, relative to the maximum sum of the terms' magnitudes: thirty-two
halves of 2**-52, sixteen times the bound of the rounding error of two scores and their difference."""

_COMPARED: Final = 3
"""Number of classes whose differences are cheaper than their scores."""


class Linear:
    """Linear classifier: the score of a class is a weighted sum of the features, and the highest score wins.

    Equal to `LogisticRegression` of scikit-learn: the same sums, and softmax for the probabilities.
    """

    def __init__(
        self,
        coefficients: Sequence[Sequence[float]],
        intercepts: Sequence[float],
        magnitudes: Sequence[float],
        *,
        is_exponential: bool = False,
    ) -> None:
        """Create the model.

        Args:
            coefficients: One row per class.
            intercepts: One per class.
            magnitudes: Largest magnitude of each feature.
            is_exponential: Whether the value of a regression is the exponential of its score.
        """
        self.coefficients = tuple(map(tuple, coefficients))
        self.intercepts = tuple(intercepts)
        self.classes = len(self.intercepts)
        self._magnitudes = tuple(magnitudes)
        self._is_exponential = is_exponential
        self._weights = tuple(zip(self.coefficients, self.intercepts, strict=True))
        self.decide: Callable[[Row], int] = self._decide
        """Function that returns the index of the most likely class, the first of equals as numpy's argmax."""
        self.decide_all: Callable[[Iterable[Row]], list[int]] = self._decide_all
        """Function that returns the result of `decide` for each row, in their order."""

    @classmethod
    def unpack(cls, packed: Mapping[str, Any], inputs: Inputs) -> Linear:
        """Build the model from the content of a `predictor.json`.

        The optional `link` is `exp` for a regression whose value is the exponential of its score.

        Raises:
            KeyError, TypeError, ValueError: A parameter is missing, or is not a finite number.
        """
        magnitudes = inputs.magnitudes()
        rows = [numbers(row) for row in packed["coefficients"]]
        intercepts = numbers(packed["intercepts"])
        if len(rows) != len(intercepts):
            raise ValueError(f"{len(rows)} rows of coefficients, but {len(intercepts)} intercepts")
        if any(len(row) != len(magnitudes) for row in rows):
            raise ValueError(f"a row of coefficients is not of the expected {len(magnitudes)} features")
        # Infinite scores have no difference, and so no probabilities.
        scores = [
            _largest_score(row, intercept, magnitudes)
            for row, intercept in zip(rows, intercepts, strict=True)
        ]
        if not all(map(math.isfinite, scores)):
            raise ValueError("a score is not finite")
        link = packed.get("link")
        if link not in {None, "exp"}:
            raise ValueError(f"its link {link!r} is not exp")
        if link and (len(scores) != 1 or scores[0] > MAX_EXPONENT):
            raise ValueError("the exponential of a score is not finite, or there are several scores")
        return cls(rows, intercepts, magnitudes, is_exponential=link is not None)

    def specialize(self) -> None:
        """Generate `decide` and `decide_all` without loops: they take a fifth of the time.

        The sums are those of `_scores`, in the same order, so that all round alike.
        """
        from service.model.generated.formulas import MAX_TERMS, linear_functions  # noqa: PLC0415 (a function's start has no time for it)

        rows = [(*weights, intercept) for weights, intercept in self._weights]
        magnitude = sum(
            _largest_score(weights, intercept, self._magnitudes) for weights, intercept in self._weights
        )
        terms = len(self._magnitudes) + 1
        # The rounding error of subnormal numbers is not relative.
        tolerance = magnitude * terms * _ROUNDING + sys.float_info.min
        largest = 2 * max((abs(number) for row in rows for number in row), default=0.0)
        if len(rows) * terms > MAX_TERMS or not rows or not math.isfinite(tolerance + largest):
            return
        self.decide, decide_all = linear_functions(rows, tolerance)
        if self.classes == _COMPARED:
            self.decide_all = decide_all

    def probabilities(self, row: Row) -> tuple[float, ...]:
        """Return the probability of each class, in their order; the sum is 1."""
        return softmax(self._scores(row))

    def value(self, row: Row) -> float:
        """Return the value of a regression: its only score, or the exponential of that."""
        score = self._scores(row)[0]
        return math.exp(score) if self._is_exponential else score

    def _decide(self, row: Row) -> int:
        scores = self._scores(row)
        return scores.index(max(scores))

    def _decide_all(self, rows: Iterable[Row]) -> list[int]:
        return list(map(self.decide, rows))

    def _scores(self, row: Row) -> list[float]:
        scores: list[float] = []
        for weights, intercept in self._weights:
            score = 0.0
            # Not sum(), which rounds otherwise from Python 3.12 on.
            for weight, value in zip(weights, row, strict=True):
                score += weight * value
            scores.append(score + intercept)
        return scores


def _largest_score(weights: Sequence[float], intercept: float, magnitudes: Sequence[float]) -> float:
    """Return a bound of the magnitude of a class's score."""
    terms = zip(weights, magnitudes, strict=True)
    return sum(abs(weight) * magnitude for weight, magnitude in terms) + abs(intercept)
