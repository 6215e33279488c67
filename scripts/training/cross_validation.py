"""Cross-validation of an estimator: accuracy, log loss and confusion matrix, or R² and errors."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.metrics import log_loss, mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold

from scripts.training.recipe import new_estimator

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.training.data import Dataset
    from scripts.training.recipe import Recipe

FOLDS: Final = 5
"""Number of folds: five times, train on four fifths of the rows and predict the rest."""


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """Results on rows that the classifier was not trained on."""

    accuracy_per_fold: tuple[float, ...]
    log_loss: float
    """Mean of -ln(probability of the true class); 0 is perfect, ln(classes) is guessing."""
    confusion: tuple[tuple[int, ...], ...]
    """Confusion matrix. Rows: true classes. Columns: predicted classes."""

    @property
    def accuracy(self) -> float:
        """Share of all rows that were classified correctly."""
        right = sum(row[index] for index, row in enumerate(self.confusion))
        return right / sum(map(sum, self.confusion))

    @property
    def precision(self) -> tuple[float, ...]:
        """Precision of each class; 0 if it was never predicted."""
        predicted = [sum(column) for column in zip(*self.confusion, strict=True)]
        return tuple(
            row[index] / predicted[index] if predicted[index] else 0.0
            for index, row in enumerate(self.confusion)
        )

    @property
    def recall(self) -> tuple[float, ...]:
        """Recall of each class."""
        return tuple(row[index] / sum(row) for index, row in enumerate(self.confusion))


@dataclass(frozen=True, kw_only=True)
class RegressionValidation:
    """Results of a regression on rows that it was not trained on."""

    r2_per_fold: tuple[float, ...]
    r2: float
    """Coefficient of determination over all rows: 1 is perfect, 0 is predicting their mean."""
    mean_absolute_error: float
    root_mean_squared_error: float


def cross_validate_regression(
    recipe: Recipe, data: Dataset, *, on_progress: Callable[[], object] = lambda: None
) -> RegressionValidation:
    """Train and predict once per fold.

    Raises:
        EstimatorError: It can't be exported, or has no such parameter.
        sklearn's InvalidParameterError, a ValueError: A parameter has an invalid value.
    """
    folds = KFold(FOLDS, shuffle=True, random_state=recipe.seed)
    predicted = np.empty_like(data.target)
    scores: list[float] = []
    for train, test in folds.split(data.rows):
        fitted = new_estimator(recipe, data.definition).fit(data.rows[train], data.target[train])
        predicted[test] = fitted.predict(data.rows[test])
        scores.append(float(r2_score(data.target[test], predicted[test])))
        on_progress()
    return RegressionValidation(
        r2_per_fold=tuple(scores),
        r2=float(r2_score(data.target, predicted)),
        mean_absolute_error=float(mean_absolute_error(data.target, predicted)),
        root_mean_squared_error=float(root_mean_squared_error(data.target, predicted)),
    )


def most_frequent_share(data: Dataset) -> float:
    """Return the accuracy of always naming the most frequent class."""
    return float(np.bincount(data.target).max() / len(data.target))


def cross_validate(
    recipe: Recipe, data: Dataset, *, on_progress: Callable[[], object] = lambda: None
) -> CrossValidation:
    """Train and predict once per fold, with the same share of every class in each.

    Raises:
        EstimatorError: It can't be exported, or has no such parameter.
        sklearn's InvalidParameterError, a ValueError: A parameter has an invalid value.
    """
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=recipe.seed)
    predicted = np.empty_like(data.target)
    probabilities = np.empty((len(data.target), len(data.classes)))
    accuracies: list[float] = []
    for train, test in folds.split(data.rows, data.target):
        fitted = new_estimator(recipe, data.definition).fit(data.rows[train], data.target[train])
        predicted[test] = fitted.predict(data.rows[test])
        probabilities[test] = fitted.predict_proba(data.rows[test])
        accuracies.append(float(np.mean(predicted[test] == data.target[test])))
        on_progress()
    confusion = np.zeros((len(data.classes), len(data.classes)), dtype=int)
    np.add.at(confusion, (data.target, predicted), 1)
    return CrossValidation(
        accuracy_per_fold=tuple(accuracies),
        log_loss=float(log_loss(data.target, probabilities)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )
