# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

import math
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
import sklearn.model_selection

from scripts.training.cross_validation import CrossValidation, cross_validate, cross_validate_regression
from scripts.training.data import load_data
from scripts.training.floors import IRIS_FLOOR
from scripts.training.recipe import Recipe, defaults, new_estimator
from tests.scripts.training.diabetes import diabetes

DATA = load_data()


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 42])
def test_the_default_is_right_19_times_in_20_for_any_shuffling(seed: int):
    assert cross_validate(defaults(seed)[0], DATA).accuracy >= 0.95


def test_naive_bayes_reaches_the_required_accuracy():
    assert cross_validate(defaults(42)[2], DATA).accuracy > IRIS_FLOOR


def test_the_confusion_matrix_counts_every_flower_once():
    validation = cross_validate(defaults(0)[0], DATA)
    assert [sum(row) for row in validation.confusion] == [50, 50, 50]
    right = sum(validation.confusion[index][index] for index in range(3))
    assert math.isclose(validation.accuracy, right / 150)
    assert math.isclose(np.mean(validation.accuracy_per_fold), validation.accuracy)
    assert len(validation.accuracy_per_fold) == 5


def test_the_metrics_are_those_that_scikit_learn_computes():
    recipe = defaults(42)[0]
    validation = cross_validate(recipe, DATA)
    folds = sklearn.model_selection.StratifiedKFold(5, shuffle=True, random_state=42)
    probabilities: Any = sklearn.model_selection.cross_val_predict(
        new_estimator(recipe, DATA.definition), DATA.rows, DATA.target, cv=folds, method="predict_proba"
    )
    predicted = probabilities.argmax(axis=1)
    precision, recall, _, _ = sklearn.metrics.precision_recall_fscore_support(DATA.target, predicted)
    assert validation.precision == pytest.approx(precision)
    assert validation.recall == pytest.approx(recall)
    assert validation.log_loss == pytest.approx(sklearn.metrics.log_loss(DATA.target, probabilities))


RIDGE = Recipe(name="ridge", estimator="Ridge", scaled=True, seed=7)


def test_the_errors_of_a_regression_are_those_that_scikit_learn_computes_on_shuffled_folds():
    data, steps = diabetes(), list[None]()
    validation = cross_validate_regression(RIDGE, data, on_progress=lambda: steps.append(None))
    folds = sklearn.model_selection.KFold(5, shuffle=True, random_state=7)
    model = new_estimator(RIDGE, data.definition)
    predicted: Any = sklearn.model_selection.cross_val_predict(model, data.rows, data.target, cv=folds)
    per_fold: Any = sklearn.model_selection.cross_val_score(model, data.rows, data.target, cv=folds)
    assert validation.r2_per_fold == pytest.approx(per_fold)
    assert validation.r2 == pytest.approx(sklearn.metrics.r2_score(data.target, predicted))
    errors = predicted - data.target
    assert validation.mean_absolute_error == pytest.approx(np.abs(errors).mean())
    assert validation.root_mean_squared_error == pytest.approx(np.sqrt((errors**2).mean()))
    assert len(steps) == 5


def test_precision_and_recall_of_a_class_that_is_never_predicted_are_zero():
    # Four of five flowers of the first class are found, and one of the second is taken for one of it.
    validation = CrossValidation(
        accuracy_per_fold=(), log_loss=0, confusion=((4, 0, 1), (1, 0, 0), (1, 0, 3))
    )
    assert validation.precision == pytest.approx((4 / 6, 0, 3 / 4))
    assert validation.recall == pytest.approx((4 / 5, 0, 3 / 4))
    assert validation.accuracy == pytest.approx(7 / 10)
