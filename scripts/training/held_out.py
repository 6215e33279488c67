"""Score on held-out rows, next to a baseline that looks at no feature."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import accuracy_score, balanced_accuracy_score, mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split

from scripts.training.recipe import new_estimator

if TYPE_CHECKING:
    from scripts.training.data import Dataset
    from scripts.training.recipe import Recipe

HELD_OUT_SHARE: Final = 0.2
"""Share of the rows that are held out, with the same share of every class."""


@dataclass(frozen=True, kw_only=True)
class HeldOutScore:
    """Scores of a classifier and of the baseline on rows that neither was trained on."""

    rows: int
    accuracy: float
    balanced_accuracy: float
    """Mean recall of the classes; 1 / classes is guessing."""
    baseline_accuracy: float
    """Accuracy of scikit-learn's DummyClassifier, which always names the most frequent class."""
    baseline_balanced_accuracy: float

    def content(self) -> dict[str, Any]:
        """Return the part of the model card."""
        return {
            "rows": self.rows,
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "baseline": {
                "estimator": "DummyClassifier",
                "strategy": "most_frequent",
                "accuracy": self.baseline_accuracy,
                "balanced_accuracy": self.baseline_balanced_accuracy,
            },
        }


@dataclass(frozen=True, kw_only=True)
class HeldOutErrors:
    """Scores of a regression and of the baseline on rows that neither was trained on."""

    rows: int
    r2: float
    mean_absolute_error: float
    baseline_r2: float
    """R² of scikit-learn's DummyRegressor, which always predicts the mean."""
    baseline_mean_absolute_error: float

    def content(self) -> dict[str, Any]:
        """Return the part of the model card."""
        return {
            "rows": self.rows,
            "r2": self.r2,
            "mean_absolute_error": self.mean_absolute_error,
            "baseline": {
                "estimator": "DummyRegressor",
                "strategy": "mean",
                "r2": self.baseline_r2,
                "mean_absolute_error": self.baseline_mean_absolute_error,
            },
        }


def score_held_out(recipe: Recipe, data: Dataset) -> HeldOutScore | HeldOutErrors:
    """Train on four fifths of the rows, and score the rest.

    Raises:
        EstimatorError: The classifier can't be exported, or has no such parameter.
        sklearn's InvalidParameterError, a ValueError: A parameter has an invalid value.
    """
    train_rows, test_rows, train_target, test_target = train_test_split(
        data.rows,
        data.target,
        test_size=HELD_OUT_SHARE,
        stratify=None if data.is_regression else data.target,
        random_state=recipe.seed,
    )
    estimator = new_estimator(recipe, data.definition)
    predicted = estimator.fit(train_rows, train_target).predict(test_rows)
    if data.is_regression:
        mean = DummyRegressor(strategy="mean").fit(train_rows, train_target).predict(test_rows)
        return HeldOutErrors(
            rows=len(test_target),
            r2=float(r2_score(test_target, predicted)),
            mean_absolute_error=float(mean_absolute_error(test_target, predicted)),
            baseline_r2=float(r2_score(test_target, mean)),
            baseline_mean_absolute_error=float(mean_absolute_error(test_target, mean)),
        )
    guessed = DummyClassifier(strategy="most_frequent").fit(train_rows, train_target).predict(test_rows)
    return HeldOutScore(
        rows=len(test_target),
        accuracy=float(accuracy_score(test_target, predicted)),
        balanced_accuracy=float(balanced_accuracy_score(test_target, predicted)),
        baseline_accuracy=float(accuracy_score(test_target, guessed)),
        baseline_balanced_accuracy=float(balanced_accuracy_score(test_target, guessed)),
    )
