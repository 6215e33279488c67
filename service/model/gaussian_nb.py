"""Predictors of kind `gaussian`: Gaussian naive Bayes, as scikit-learn's `GaussianNB` fits it.

Each class has a prior, and a mean and a variance per length. Plain arithmetic over nine numbers per class.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from service.model.flower import MAX_CENTIMETRES
from service.model.parameters import numbers
from service.model.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from service.model.flower import Flower


class Gaussian:
    """Gaussian naive Bayes: a class's score is the logarithm of its prior times the density of the lengths.

    Equal to `GaussianNB`: the same sums, in the same order.
    """

    def __init__(
        self,
        means: Sequence[Sequence[float]],
        variances: Sequence[Sequence[float]],
        priors: Sequence[float],
    ) -> None:
        """Create the model from the means (cm) and variances (cm2) of each class, and its prior."""
        self.classes = len(priors)
        self._terms = tuple(
            (
                math.log(prior),
                -0.5 * math.fsum(math.log(2 * math.pi * variance) for variance in spread),
                *middle,
                *spread,
            )
            for middle, spread, prior in zip(means, variances, priors, strict=True)
        )

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Gaussian:
        """Build the model from the content of a `predictor.json`.

        Raises:
            KeyError, TypeError, ValueError: A parameter is missing or invalid.
        """
        means = [numbers(row) for row in packed["means"]]
        variances = [numbers(row) for row in packed["variances"]]
        priors = numbers(packed["priors"])
        if not len(means) == len(variances) == len(priors):
            raise ValueError(
                f"{len(means)} rows of means, {len(variances)} of variances, {len(priors)} priors"
            )
        if any(len(row) != 4 for row in (*means, *variances)):  # noqa: PLR2004 (number of lengths)
            raise ValueError("a class has a mean or variance for more or fewer than four lengths")
        if not all(number > 0 for row in (*variances, priors) for number in row):
            raise ValueError("a variance or prior is not above 0")
        # Infinite scores have no difference, and so no probabilities.
        if not all(map(math.isfinite, map(_largest_score, means, variances))):
            raise ValueError("a score is not finite")
        return cls(means, variances, priors)

    def decide(self, flower: Flower) -> int:
        """Return the index of the most likely class, the first of equals as in numpy's argmax."""
        scores = self._scores(flower)
        return scores.index(max(scores))

    def decide_all(self, flowers: Iterable[Flower]) -> list[int]:
        """Return the result of `decide` for each flower, in their order."""
        return list(map(self.decide, flowers))

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in their order; the sum is 1."""
        return softmax(self._scores(flower))

    def _scores(self, flower: Flower) -> list[float]:
        pl, pw, sl, sw = flower
        scores: list[float] = []
        for (
            log_prior,
            norm,
            mean_pl,
            mean_pw,
            mean_sl,
            mean_sw,
            var_pl,
            var_pw,
            var_sl,
            var_sw,
        ) in self._terms:
            from_pl, from_pw, from_sl, from_sw = pl - mean_pl, pw - mean_pw, sl - mean_sl, sw - mean_sw
            distance = (
                from_pl * from_pl / var_pl
                + from_pw * from_pw / var_pw
                + from_sl * from_sl / var_sl
                + from_sw * from_sw / var_sw
            )
            scores.append(log_prior + (norm - 0.5 * distance))
        return scores


def _largest_score(means: Sequence[float], variances: Sequence[float]) -> float:
    """Return a bound of the magnitude of a class's score, for each flower; infinite if it overflows."""
    bound = 0.0
    for mean, variance in zip(means, variances, strict=True):
        distance = MAX_CENTIMETRES + abs(mean)
        bound += distance * distance / variance + abs(math.log(2 * math.pi * variance))
    return bound
