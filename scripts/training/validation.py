"""How good a classifier is, by cross-validation."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from scripts.training.recipe import new_classifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.training.data import Dataset
    from scripts.training.recipe import Recipe

FOLDS: Final = 5
"""Cross-validation trains on four fifths of the flowers and asks about the rest, five times."""

REQUIRED_ACCURACY: Final = 0.9
"""A classifier that cross-validation finds worse than this is not packed. Two thresholds on the width of the
petals alone are right nineteen times in twenty."""


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """How the classifier did on flowers that it was not trained on."""

    accuracy_per_fold: tuple[float, ...]
    log_loss: float
    """Mean of -ln(probability given to what the flower is); 0 is perfect, ln(3) = 1.1 is guessing."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows: what the flowers are. Columns: what they were taken for."""

    @property
    def accuracy(self) -> float:
        """Share of all flowers that were classified rightly."""
        right = sum(row[index] for index, row in enumerate(self.confusion))
        return right / sum(map(sum, self.confusion))

    @property
    def precision(self) -> tuple[float, ...]:
        """For each class, the share of those taken for it that are; 0 if none was."""
        taken_for = [sum(column) for column in zip(*self.confusion, strict=True)]
        return tuple(
            row[index] / taken_for[index] if taken_for[index] else 0.0
            for index, row in enumerate(self.confusion)
        )

    @property
    def recall(self) -> tuple[float, ...]:
        """For each class, the share of those it is that were taken for it."""
        return tuple(row[index] / sum(row) for index, row in enumerate(self.confusion))


def cross_validate(
    recipe: Recipe, data: Dataset, *, advance: Callable[[], object] = lambda: None
) -> CrossValidation:
    """Train and ask once for each fold, each with the same share of every species; tell of each fold.

    Raises:
        EstimatorError: it cannot be packed, or has no such parameter.
        sklearn's InvalidParameterError, a ValueError: a parameter is not what it may be.
    """
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=recipe.seed)
    taken_for = np.empty_like(data.species)
    probabilities = np.empty((len(data.species), len(data.classes)))
    accuracies: list[float] = []
    for learn, ask in folds.split(data.lengths, data.species):
        fitted = new_classifier(recipe).fit(data.lengths[learn], data.species[learn])
        taken_for[ask] = fitted.predict(data.lengths[ask])
        probabilities[ask] = fitted.predict_proba(data.lengths[ask])
        accuracies.append(float(np.mean(taken_for[ask] == data.species[ask])))
        advance()
    confusion = np.zeros((len(data.classes), len(data.classes)), dtype=int)
    np.add.at(confusion, (data.species, taken_for), 1)
    return CrossValidation(
        accuracy_per_fold=tuple(accuracies),
        log_loss=float(log_loss(data.species, probabilities)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )
