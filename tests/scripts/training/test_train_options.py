"""Recipes that the options of `iris train` describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.training.formats.supported_estimators import EstimatorError
from scripts.training.recipe import default_for_data, defaults
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


# --- conflicts between options ---

DATA, TARGET = {"data": Path("x.csv")}, {"target": "y"}
ONE = {"estimator": "GaussianNB"}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"list_estimators": True, "verify": True}, "--list and --verify can't be combined."),
        (ONE | {"list_estimators": True}, "--estimator can't be combined with --list or --verify."),
        (ONE | {"verify": True}, "--estimator can't be combined with --list or --verify."),
        (DATA | {"list_estimators": True}, "--data and --list can't be combined."),
        (DATA, "--data needs --target, the column to predict."),
        (TARGET, "--target needs --data."),
        ({"features": "a,b"}, "--features needs --data."),
        ({"task": "regression"}, "--task needs --data."),
        (DATA | {"verify": True, "task": "regression"}, "--task needs --data."),
        (DATA | TARGET | {"verify": True}, "--verify takes --target and --features from the model card."),
        (
            DATA | {"verify": True, "features": "a"},
            "--verify takes --target and --features from the model card.",
        ),
        ({"list_estimators": True, "floor": 0.5}, "--floor can't be combined with --list or --verify."),
        ({"verify": True, "floor": 0.5}, "--floor can't be combined with --list or --verify."),
        (
            {"floor": -0.001},
            "--floor is -0.001; an accuracy is from 0 to 1. R², of a regression, may be negative.",
        ),
        ({"parameters": ("C=1",)}, "--parameter needs --estimator."),
        ({"scale": True}, "--scale needs --estimator."),
        ({"name": "mine"}, "--name needs --estimator, --data or --verify."),
        (
            DATA | TARGET | {"name": "iris-bayes"},
            "--name is iris-bayes, which is a predictor of the project. Choose another one.",
        ),
        ({"points": 1_000}, "--points needs --verify."),
        (
            ONE | {"parameters": ("C",)},
            "--parameter is 'C'; it must be KEY=VALUE.",
        ),
        (
            ONE | {"parameters": ("=1",)},
            "--parameter is '=1'; it must be KEY=VALUE.",
        ),
        (ONE | {"parameters": ("C=1", "a=2", "C=3")}, "--parameter C is given more than once."),
    ],
)
def test_an_option_that_conflicts_with_another_is_refused_in_a_sentence(
    given: dict[str, Any], complaint: str
):
    assert options(**given).errors() == [complaint]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"list_estimators": True},
        {"verify": True},
        {"verify": True, "name": "iris-bayes", "points": 5_000},
        DATA | {"verify": True, "name": "mine"},
        {"floor": 0},
        {"floor": 0.5},
        ONE | {"name": "mine", "scale": True, "parameters": ("C=1", "a=", "b=c=d")},
        DATA | TARGET,
        DATA | TARGET | {"name": "mine", "features": "a,b", "task": "regression", "floor": -0.5},
        # A replacement of a predictor of the project that answers for Iris, too.
        ONE | {"name": "iris-bayes"},
    ],
)
def test_options_that_go_together_are_accepted(given: dict[str, Any]):
    assert options(**given).errors() == []


# A label of a domain name has at most 63 characters (RFC 1035, section 2.3.4).
@pytest.mark.parametrize(
    ("name", "is_allowed"),
    [
        ("a", True),
        ("7", True),
        ("a-b", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("", False),
        ("-a", False),
        ("a-", False),
        ("A", False),
        ("a_b", False),
        ("a/b", False),
        ("a\n", False),
    ],
)
def test_a_name_is_one_of_urls_and_folders(name: str, *, is_allowed: bool):
    complaint = f"--name is {name!r}; it must be 1 to 63 characters of a-z, 0-9, and - inside."
    assert options(**ONE, name=name).errors() == ([] if is_allowed else [complaint])


@pytest.mark.parametrize(
    ("floor", "task", "is_refused"),
    [
        (None, "classification", False),
        (0, "classification", False),
        (-0.1, "classification", True),
        (-0.1, "regression", False),
    ],
)
def test_only_r2_may_be_negative(floor: float | None, task: str, *, is_refused: bool):
    assert bool(options(floor=floor).floor_error(task)) is is_refused


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        ("GaussianNB", "iris-gaussian-nb"),
        ("MLPClassifier", "iris-mlp"),
        ("HistGradientBoostingClassifier", "iris-hist-gradient-boosting"),
    ],
)
def test_a_predictor_is_named_after_its_estimator(estimator: str, name: str):
    (recipe,) = options(estimator=estimator).recipes(1)
    assert recipe.name == name
    (named,) = options(estimator=estimator, name="mine").recipes(1)
    assert named.name == "mine"


def test_a_regressor_can_not_tell_species_apart():
    with pytest.raises(EstimatorError, match="Ridge is a regressor, and Iris has classes"):
        options(estimator="Ridge").recipes(1)


def test_without_an_estimator_the_project_s_own_are_trained_with_their_seed():
    assert options().recipes(9) == defaults(9)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_file_gets_the_default_of_its_columns_and_its_own_name(task: str):
    kinds: dict[str, dict[str, Any]] = {
        "number": {"minimum": 0, "maximum": 9},
        "category": {"levels": ["a", "b"]},
    }
    answers = {"classes": ["x", "y"]} if task == "classification" else {}
    for kind, bounds in kinds.items():
        feature = {"name": "f", "short_name": "f", "type": kind} | bounds
        definition = read_definition(
            {
                "name": "wine",
                "title": "Wine",
                "description": "Wine.",
                "task": task,
                "features": [feature],
                "response_key": "answer",
                "example": {"f": 1 if kind == "number" else "a"},
            }
            | answers
        )
        found = options().recipe_for(definition, 5)
        assert found == default_for_data("wine", 5, has_categories=kind == "category", task=task)
