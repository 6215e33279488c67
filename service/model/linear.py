"""Predictors of kind `linear`: a weight for each length and class, and one intercept for each class.

It is what logistic regression and linear discriminant analysis learn. Plain arithmetic: one flower needs
fifteen numbers, and to import numpy costs more than thousands of predictions.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from service.model.flower import MAX_CENTIMETRES
from service.model.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from service.model.flower import Flower

Weights: TypeAlias = tuple[float, float, float, float]
"""One weight for each of the lengths, in the order of `FEATURES`."""

_THREE: Final = 3
"""As many species as Fisher measured."""

_ROUNDING: Final = 2.0**-45
"""Rounding moves two scores and their difference by less than sixteen halves of 2**-52 together, as a share
of the greatest that the sum of their terms can be; this is sixteen times that."""


class Linear:
    """Scores each class with a weighted sum of the lengths; the highest score wins.

    Equal to `LogisticRegression` of scikit-learn: the same sums, and softmax for the probabilities.
    """

    def __init__(self, coefficients: Sequence[Weights], intercepts: Sequence[float]) -> None:
        """Take one row of coefficients and one intercept for each class."""
        self.coefficients = tuple(coefficients)
        self.intercepts = tuple(intercepts)
        self.decide: Callable[[Flower], int] = (
            _decide_among_three(self.coefficients, self.intercepts)
            if len(self.coefficients) == _THREE
            else self._decide
        )
        """Return the index of the likeliest class, the first one of equals as in numpy's argmax."""
        self.decide_all: Callable[[Iterable[Flower]], list[int]] = (
            _decide_all_among_three(self.coefficients, self.intercepts, self.decide)
            if len(self.coefficients) == _THREE
            else self._decide_all
        )
        """Return what `decide` returns for each flower, in their order."""

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
        if not all(math.isfinite(number) for row in (*rows, intercepts) for number in row):
            raise ValueError("a parameter is not finite")
        return cls(tuple((pl, pw, sl, sw) for pl, pw, sl, sw in rows), intercepts)

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return len(self.coefficients)

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in their order; they add up to 1."""
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
    """Write the sums out, and ask for no list and no maximum: that takes a fifth of the time.

    They are the sums of `_scores`, in the same order, so that both round alike.
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
    """Ask two differences of scores, which takes half the time of three scores and a call for each flower.

    A difference that rounding could turn round says nothing, and the scores themselves decide.
    """
    a, b, c = ((*weights, intercept) for weights, intercept in zip(coefficients, intercepts, strict=True))
    (
        (ab_pl, ab_pw, ab_sl, ab_sw, ab_0),
        (ac_pl, ac_pw, ac_sl, ac_sw, ac_0),
        (bc_pl, bc_pw, bc_sl, bc_sw, bc_0),
    ) = (tuple(one - other for one, other in zip(*pair, strict=True)) for pair in ((a, b), (a, c), (b, c)))
    magnitude = sum(abs(weight) for row in (a, b, c) for weight in row) * MAX_CENTIMETRES
    # What is too small for double precision is off by more than a share of it.
    clear = magnitude * _ROUNDING + sys.float_info.min

    def decide_all(flowers: Iterable[Flower]) -> list[int]:
        decided: list[int] = []
        add = decided.append
        for flower in flowers:
            pl, pw, sl, sw = flower
            a_over_b = ab_pl * pl + ab_pw * pw + ab_sl * sl + ab_sw * sw + ab_0
            if a_over_b > clear:
                best, best_over_c = 0, ac_pl * pl + ac_pw * pw + ac_sl * sl + ac_sw * sw + ac_0
            elif a_over_b < -clear:
                best, best_over_c = 1, bc_pl * pl + bc_pw * pw + bc_sl * sl + bc_sw * sw + bc_0
            else:
                best, best_over_c = 0, 0.0
            if best_over_c > clear:
                add(best)
            elif best_over_c < -clear:
                add(2)
            else:
                add(decide(flower))
        return decided

    return decide_all
