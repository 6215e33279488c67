"""Estimators that recipes describe."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scripts.training.formats.supported_estimators import EstimatorError
from scripts.training.recipe import Recipe, default_for_data, defaults, new_estimator
from service.model.definition_reader import read_definition
from tests.iris import DEFINITION


def recipe(estimator: str, **parameters: object) -> Recipe:
    return Recipe(name="one", estimator=estimator, parameters=parameters, seed=42)


def test_the_seed_is_that_of_the_recipe_unless_a_parameter_sets_another():
    assert new_estimator(recipe("RandomForestClassifier"), DEFINITION).random_state == 42
    assert new_estimator(recipe("RandomForestClassifier", random_state=7), DEFINITION).random_state == 7


# The order of a forest's sums would depend on the number of its jobs.
@pytest.mark.parametrize("parameter", ["n_jobs", "depth"])
def test_a_parameter_that_can_not_be_set_is_named(parameter: str):
    with pytest.raises(EstimatorError, match=f"has no parameter {parameter} that can be set"):
        new_estimator(recipe("RandomForestClassifier", **{parameter: 2}), DEFINITION)


def test_scaling_is_refused_where_it_changes_nothing():
    scaled = Recipe(name="one", estimator="GaussianNB", scaled=True, seed=1)
    with pytest.raises(EstimatorError, match="GaussianNB needs no scaling"):
        new_estimator(scaled, DEFINITION)


@pytest.mark.parametrize(
    ("task", "has_categories", "estimator", "is_scaled"),
    [
        ("classification", False, "LogisticRegression", True),
        ("classification", True, "RandomForestClassifier", False),
        ("regression", False, "Ridge", True),
        ("regression", True, "RandomForestRegressor", False),
    ],
)
def test_other_data_gets_a_scaled_linear_model_or_a_forest_where_there_are_categories(
    task: str, estimator: str, *, has_categories: bool, is_scaled: bool
):
    found = default_for_data("one", 1, has_categories=has_categories, task=task)
    assert (found.estimator, found.scaled, found.task) == (estimator, is_scaled, task)


OPTIONAL = read_definition(
    {
        "name": "fruit",
        "title": "Fruit",
        "description": "Whether a fruit is ripe.",
        "task": "classification",
        "features": [
            {
                "name": "size",
                "short_name": "size",
                "type": "number",
                "minimum": 0,
                "maximum": 99,
                "optional": True,
            },
            {
                "name": "colour",
                "short_name": "colour",
                "type": "category",
                "levels": ["blue", "green", "red"],
                "optional": True,
            },
        ],
        "classes": ["no", "yes"],
        "response_key": "ripe",
        "example": {"size": 1.0, "colour": "red"},
    }
)


def prepared(estimator: str) -> Any:
    """Return a row without any value, as an estimator gets it: the others are 1, 2 and 9, of two colours."""
    rows = np.array([[1.0, 2.0], [2.0, 2.0], [9.0, 0.0], [np.nan, np.nan]])
    pipeline = new_estimator(recipe(estimator), OPTIONAL).fit(rows, [0, 1, 0, 1])
    return pipeline[:-1].transform(rows)[-1].tolist()


# The median of 1, 2 and 9 is 2, and their mean 4; two of three are red.
def test_a_missing_number_is_the_median_and_a_missing_category_the_most_frequent_level():
    assert prepared("RandomForestClassifier") == [2, 2]
    assert prepared("LogisticRegression") == [2, 0, 0, 1]


def test_boosting_that_learns_from_missing_values_gets_them():
    rows = np.array([[1.0, 2.0], [np.nan, np.nan]] * 20)
    fitted = new_estimator(recipe("HistGradientBoostingClassifier"), OPTIONAL).fit(rows, [0, 1] * 20)
    assert not hasattr(fitted, "steps")
    assert fitted.predict(rows[:2]).tolist() == [0, 1]


# The names are those of the README; the parameters those of scikit-learn, but for a solver that converges.
def test_the_project_trains_three_families_and_answers_by_the_first():
    newton = {"C": 1.0, "solver": "newton-cholesky", "tol": 1e-12}
    assert defaults(7) == (
        Recipe(name="iris-logistic", estimator="LogisticRegression", parameters=newton, scaled=False, seed=7),
        Recipe(
            name="iris-forest", estimator="RandomForestClassifier", parameters={"n_estimators": 100}, seed=7
        ),
        Recipe(name="iris-bayes", estimator="GaussianNB", parameters={}, seed=7),
    )
    own = default_for_data("one", 3, has_categories=False)
    assert (own.name, own.seed, own.parameters) == ("one", 3, newton)
    ridge = default_for_data("one", 3, has_categories=False, task="regression")
    assert (ridge.name, ridge.seed, ridge.parameters) == ("one", 3, {"solver": "cholesky"})


def test_a_recipe_is_read_from_a_model_card():
    card = {
        "name": "wine",
        "estimator": "Ridge",
        "parameters": {"alpha": 2},
        "scaled": True,
        "training": {"seed": 9},
    }
    expected = Recipe(name="wine", estimator="Ridge", parameters={"alpha": 2}, scaled=True, seed=9)
    assert Recipe.from_model_card(card) == expected
