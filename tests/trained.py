"""Predictors as `iris train` writes them, but trained in a moment: the forest has ten trees, not 100."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scripts.training.cross_validation import cross_validate
from scripts.training.data import Dataset, load_data
from scripts.training.export import export_predictor, fit
from scripts.training.export_files import write_files
from scripts.training.recipe import Recipe, defaults

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SEED = 42

NEURAL = Recipe(
    name="iris-neural",
    estimator="MLPClassifier",
    parameters={"hidden_layer_sizes": [4], "solver": "lbfgs", "max_iter": 5000},
    scaled=True,
    seed=SEED,
)
"""A small network, which has no form of its own and is packed as ONNX."""


def small_recipes() -> list[Recipe]:
    return [
        replace(recipe, parameters={"n_estimators": 10}) if recipe.name == "iris-forest" else recipe
        for recipe in defaults(SEED)
    ]


def default_classifier(data: Dataset) -> Any:
    """scikit-learn's own, of which `iris-logistic` is packed."""
    return fit(defaults(SEED)[0], data)


def train_into(folder: Path, recipes: Iterable[Recipe]) -> Path:
    data = load_data()
    for recipe in recipes:
        write_files(export_predictor(recipe, data, cross_validate(recipe, data)), folder / recipe.name)
    return folder
