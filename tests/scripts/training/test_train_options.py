"""Recipes that the options of `iris train` describe."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.training.formats.supported_estimators import EstimatorError
from scripts.training.train_options import TrainOptions
from service.iris.definition import IRIS
from service.model.definition_reader import read_definition
from tests.iris import DEFINITION


def options(**given: Any) -> TrainOptions:
    none: dict[str, Any] = {
        "estimator": None,
        "parameters": (),
        "name": None,
        "scale": False,
        "list_estimators": False,
        "verify": False,
        "points": None,
    }
    return TrainOptions(**(none | given))


# A file of this name would replace the predictor that answers by default.
@pytest.mark.parametrize("name", ["iris-logistic", "iris-forest", "iris-bayes"])
def test_a_file_with_the_name_of_a_predictor_of_the_project_needs_another_name(name: str):
    definition = read_definition(IRIS | {"name": name})
    with pytest.raises(EstimatorError, match=f"{name} is a predictor of the project"):
        options().recipe_for(definition, 1)
    assert options(name="mine").recipe_for(definition, 1).name == "mine"


def test_an_estimator_of_another_task_than_the_data_s_is_refused():
    with pytest.raises(EstimatorError, match="Ridge is for a regression, but the task is a classification"):
        options(estimator="Ridge", name="mine").recipe_for(DEFINITION, 1)


def test_a_recipe_has_the_parameters_as_json_or_as_text_the_scaling_and_the_seed():
    given = options(
        estimator="LogisticRegression", parameters=("C=0.5", "solver=saga", "class_weight=null"), scale=True
    )
    (recipe,) = given.recipes(7)
    assert recipe.parameters == {"C": 0.5, "solver": "saga", "class_weight": None}
    assert (recipe.name, recipe.scaled, recipe.seed) == ("iris-logistic-regression", True, 7)
