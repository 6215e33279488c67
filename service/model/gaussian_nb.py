"""Predictors of kind `gaussian`: Gaussian naive Bayes, as scikit-learn's `GaussianNB` fits it.

Each class has a prior, and a mean and a variance per feature. Plain arithmetic over few numbers per class.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from service.model.parameters import numbers
from service.model.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from service.model.feature import Inputs, Row


class Gaussian:
    """Gaussian naive Bayes: a class's score is the logarithm of its prior times the density of the features.

    Equal to `GaussianNB`: the same sums, in the same order.
    """

    def __init__(
        self,
        means: Sequence[Sequence[float]],
        variances: Sequence[Sequence[float]],
        priors: Sequence[float],
    ) -> None:
        """Create the model from the means and variances of each class, and its prior."""
        self.classes = len(priors)
        self._terms = tuple(
            (
                math.log(prior),
                -0.5 * math.fsum(math.log(2 * math.pi * variance) for variance in spread),
                tuple(middle),
                tuple(spread),
            )
            for middle, spread, prior in zip(means, variances, priors, strict=True)
        )
        self._scores: Callable[[Row], list[float]] = self._scores_in_loops

    @classmethod
    def unpack(cls, packed: Mapping[str, Any], inputs: Inputs) -> Gaussian:
        """Build the model from the content of a `predictor.json`.

        Raises:
            KeyError, TypeError, ValueError: A parameter is missing or invalid.
        """
        magnitudes = inputs.magnitudes()
        means = [numbers(row) for row in packed["means"]]
        variances = [numbers(row) for row in packed["variances"]]
        priors = numbers(packed["priors"])
        if not len(means) == len(variances) == len(priors):
            raise ValueError(
                f"{len(means)} rows of means, {len(variances)} of variances, {len(priors)} priors"
            )
        if any(len(row) != len(magnitudes) for row in (*means, *variances)):
            raise ValueError(f"a class does not have {len(magnitudes)} means and variances")
        if not all(number > 0 for row in (*variances, priors) for number in row):
            raise ValueError("a variance or prior is not above 0")
        # Infinite scores have no difference, and so no probabilities.
        if not all(
            math.isfinite(_largest_score(mean, variance, magnitudes))
            for mean, variance in zip(means, variances, strict=True)
        ):
            raise ValueError("a score is not finite")
        return cls(means, variances, priors)

    def decide(self, row: Row) -> int:
        """Return the index of the most likely class, the first of equals as in numpy's argmax."""
        scores = self._scores(row)
        return scores.index(max(scores))

    def decide_all(self, rows: Iterable[Row]) -> list[int]:
        """Return the result of `decide` for each row, in their order."""
        return list(map(self.decide, rows))

    def probabilities(self, row: Row) -> tuple[float, ...]:
        """Return the probability of each class, in their order; the sum is 1."""
        return softmax(self._scores(row))

    def value(self, row: Row) -> float:
        """Raise an error: it is no regression.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"naive Bayes has no value for {row}")

    def specialize(self) -> None:
        """Generate the scores without loops, with the same sums in the same order."""
        from service.model.generated.formulas import MAX_TERMS, gaussian_scores  # noqa: PLC0415 (a function's start has no time for it)

        if self._terms and self.classes * len(self._terms[0][2]) <= MAX_TERMS:
            self._scores = gaussian_scores(self._terms)

    def _scores_in_loops(self, row: Row) -> list[float]:
        scores: list[float] = []
        for log_prior, norm, means, variances in self._terms:
            distance = 0.0
            for value, mean, variance in zip(row, means, variances, strict=True):
                difference = value - mean
                distance += difference * difference / variance
            scores.append(log_prior + (norm - 0.5 * distance))
        return scores


def _largest_score(means: Sequence[float], variances: Sequence[float], magnitudes: Sequence[float]) -> float:
    """Return a bound of the magnitude of a class's score, for each row; infinite if it overflows."""
    bound = 0.0
    for mean, variance, magnitude in zip(means, variances, magnitudes, strict=True):
        distance = magnitude + abs(mean)
        bound += distance * distance / variance + abs(math.log(2 * math.pi * variance))
    return bound
