"""Predictors of kind `linear`: logistic regression and linear discriminant analysis.

Each class has a weight per length and an intercept. Plain arithmetic: one flower needs fifteen numbers, and
importing numpy takes longer than thousands of predictions.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from service.model.flower import MAX_CENTIMETRES
from service.model.parameters import numbers
from service.model.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from service.model.flower import Flower

Weights: TypeAlias = tuple[float, float, float, float]
"""One weight per length, in the order of `FEATURES`."""

_SPECIES: Final = 3
"""Number of species in Fisher's data set."""

_ROUNDING: Final = 2.0**-45
"""Rounding tolerance, relative to the maximum sum of the terms' magnitudes: sixteen times the bound of the
rounding error of two scores and their difference, which is sixteen halves of 2**-52."""


class Linear:
    """Linear classifier: the score of a class is a weighted sum of the lengths, and the highest score wins.

    Equal to `LogisticRegression` of scikit-learn: the same sums, and softmax for the probabilities.
    """

    def __init__(self, coefficients: Sequence[Weights], intercepts: Sequence[float]) -> None:
        """Create the model from one row of coefficients and one intercept per class."""
        self.coefficients = tuple(coefficients)
        self.intercepts = tuple(intercepts)
        self.decide: Callable[[Flower], int] = (
            _decide_among_three(self.coefficients, self.intercepts)
            if len(self.coefficients) == _SPECIES
            else self._decide
        )
        """Function that returns the index of the most likely class, the first of equals as numpy's argmax."""
        self.decide_all: Callable[[Iterable[Flower]], list[int]] = (
            _decide_all_among_three(self.coefficients, self.intercepts, self.decide)
            if len(self.coefficients) == _SPECIES
            else self._decide_all
        )
        """Function that returns the result of `decide` for each flower, in their order."""

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Linear:
        """Build the model from the content of a `predictor.json`.

        Raises:
            KeyError, TypeError, ValueError: A parameter is missing, or is not a finite number.
        """
        rows = [numbers(row) for row in packed["coefficients"]]
        intercepts = numbers(packed["intercepts"])
        if len(rows) != len(intercepts):
            raise ValueError(f"{len(rows)} rows of coefficients, but {len(intercepts)} intercepts")
        # Infinite scores have no difference, and so no probabilities.
        if not all(
            math.isfinite(MAX_CENTIMETRES * sum(map(abs, row)) + abs(intercept))
            for row, intercept in zip(rows, intercepts, strict=True)
        ):
            raise ValueError("a score is not finite")
        return cls(tuple((pl, pw, sl, sw) for pl, pw, sl, sw in rows), intercepts)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.coefficients)

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in their order; the sum is 1."""
        return softmax(self._scores(flower))

    def _decide(self, flower: Flower) -> int:
        scores = self._scores(flower)
        return scores.index(max(scores))

    def _decide_all(self, flowers: Iterable[Flower]) -> list[int]:
        return list(map(self.decide, flowers))

    def _scores(self, flower: Flower) -> list[float]:
        pl, pw, sl, sw = flower
        return [
            for_pl * pl + for_pw * pw + for_sl * sl + for_sw * sw + intercept
            for (for_pl, for_pw, for_sl, for_sw), intercept in zip(
                self.coefficients, self.intercepts, strict=True
            )
        ]


def _decide_among_three(
    coefficients: tuple[Weights, ...], intercepts: tuple[float, ...]
) -> Callable[[Flower], int]:
    """Return `decide` for three classes, unrolled without a list or max(): it takes a fifth of the time.

    The sums are those of `_scores`, in the same order, so that both round alike.
    """
    (a_pl, a_pw, a_sl, a_sw), (b_pl, b_pw, b_sl, b_sw), (c_pl, c_pw, c_sl, c_sw) = coefficients
    a_0, b_0, c_0 = intercepts

    def decide(flower: Flower) -> int:
        pl, pw, sl, sw = flower
        a = a_pl * pl + a_pw * pw + a_sl * sl + a_sw * sw + a_0
        b = b_pl * pl + b_pw * pw + b_sl * sl + b_sw * sw + b_0
        c = c_pl * pl + c_pw * pw + c_sl * sl + c_sw * sw + c_0
        if a >= b:
            return 0 if a >= c else 2
        return 1 if b >= c else 2

    return decide


def _decide_all_among_three(
    coefficients: tuple[Weights, ...], intercepts: tuple[float, ...], decide: Callable[[Flower], int]
) -> Callable[[Iterable[Flower]], list[int]]:
    """Return `decide_all` for three classes: two differences of scores take half the time of three scores.

    Where rounding could change the sign of a difference, `decide` compares the scores themselves.
    """
    a, b, c = ((*weights, intercept) for weights, intercept in zip(coefficients, intercepts, strict=True))
    (
        (ab_pl, ab_pw, ab_sl, ab_sw, ab_0),
        (ac_pl, ac_pw, ac_sl, ac_sw, ac_0),
        (bc_pl, bc_pw, bc_sl, bc_sw, bc_0),
    ) = (tuple(one - other for one, other in zip(*pair, strict=True)) for pair in ((a, b), (a, c), (b, c)))
    magnitude = sum(abs(weight) for row in (a, b, c) for weight in row) * MAX_CENTIMETRES
    # The rounding error of subnormal numbers is not relative.
    tolerance = magnitude * _ROUNDING + sys.float_info.min

    def decide_all(flowers: Iterable[Flower]) -> list[int]:
        decided: list[int] = []
        add = decided.append
        for flower in flowers:
            pl, pw, sl, sw = flower
            a_over_b = ab_pl * pl + ab_pw * pw + ab_sl * sl + ab_sw * sw + ab_0
            if a_over_b > tolerance:
                best, best_over_c = 0, ac_pl * pl + ac_pw * pw + ac_sl * sl + ac_sw * sw + ac_0
            elif a_over_b < -tolerance:
                best, best_over_c = 1, bc_pl * pl + bc_pw * pw + bc_sl * sl + bc_sw * sw + bc_0
            else:
                best, best_over_c = 0, 0.0
            if best_over_c > tolerance:
                add(best)
            elif best_over_c < -tolerance:
                add(2)
            else:
                add(decide(flower))
        return decided

    return decide_all
