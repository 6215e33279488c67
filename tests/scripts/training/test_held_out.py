"""Scores on held-out rows, and those of a guess."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from scripts.training.data import load_data
from scripts.training.held_out import HeldOutErrors, HeldOutScore, score_held_out
from scripts.training.recipe import Recipe
from tests.scripts.training.diabetes import diabetes

if TYPE_CHECKING:
    from scripts.training.data import Dataset

RIDGE = Recipe(name="ridge", estimator="Ridge", scaled=True, seed=7)


def rare_classes() -> Dataset:
    """Return flowers of which 50 are of the first species, 25 of the second and 10 of the third."""
    data = load_data()
    kept = np.concatenate([np.arange(50), np.arange(50, 75), np.arange(100, 110)])
    return replace(data, rows=data.rows[kept], target=data.target[kept])


def test_held_out_rows_have_the_shares_of_the_classes_and_a_guess_names_the_most_frequent():
    found = score_held_out(Recipe(name="tree", estimator="DecisionTreeClassifier", seed=3), rare_classes())
    assert isinstance(found, HeldOutScore)
    # A fifth of each class: 10 + 5 + 2 rows.
    assert found.rows == 17
    assert found.baseline_accuracy == pytest.approx(10 / 17)
    # The recall of three classes, of which a guess names one (scikit-learn, `balanced_accuracy_score`).
    assert found.baseline_balanced_accuracy == pytest.approx(1 / 3)


def test_balanced_accuracy_is_the_mean_recall_of_the_classes():
    # A stump divides two classes, and never names the third one.
    stump = Recipe(name="stump", estimator="DecisionTreeClassifier", parameters={"max_depth": 1}, seed=3)
    found = score_held_out(stump, rare_classes())
    assert isinstance(found, HeldOutScore)
    assert found.accuracy == pytest.approx(15 / 17)
    assert found.balanced_accuracy == pytest.approx(2 / 3)


def test_held_out_errors_of_a_regression_are_compared_with_the_mean_of_the_other_rows():
    data = diabetes()
    found = score_held_out(RIDGE, data)
    assert isinstance(found, HeldOutErrors)
    parts: Any = train_test_split(data.target, test_size=0.2, random_state=7)
    train, test = parts
    # 442 rows, of which a fifth, rounded up, is held out.
    assert found.rows == len(test) == 89
    assert found.baseline_mean_absolute_error == pytest.approx(np.abs(test - train.mean()).mean())
    assert found.baseline_r2 <= 0 < found.r2
