"""Options of `iris train`: their validation, and the recipes that they describe."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scripts.training.formats.supported_estimators import EstimatorError, estimator_support
from scripts.training.recipe import Recipe, default_for_data, defaults

if TYPE_CHECKING:
    from pathlib import Path

    from service.model.definition import Definition

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Allowed name of a predictor, which is used unescaped in URLs, folder names and headers."""

_PROJECT_NAMES: Final = frozenset(recipe.name for recipe in defaults(0))


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """Values of the options; None or empty for an option that was not given."""

    estimator: str | None
    parameters: tuple[str, ...]
    name: str | None
    scale: bool
    list_estimators: bool
    verify: bool
    points: int | None
    data: Path | None = None
    target: str | None = None
    features: str | None = None
    task: str | None = None
    floor: float | None = None

    def errors(self) -> list[str]:
        """Return a sentence for each option that is invalid or conflicts with another."""
        trains_one = self.estimator is not None or (self.data is not None and not self.verify)
        pairs = [_split(pair) for pair in self.parameters]
        keys = [key for key, _, _ in pairs]
        checks = [
            (self.list_estimators and self.verify, "--list and --verify can't be combined."),
            (
                self.estimator is not None and (self.list_estimators or self.verify),
                "--estimator can't be combined with --list or --verify.",
            ),
            (self.data is not None and self.list_estimators, "--data and --list can't be combined."),
            (
                self.data is not None and self.target is None and not (self.verify or self.list_estimators),
                "--data needs --target, the column to predict.",
            ),
            (self.target is not None and self.data is None, "--target needs --data."),
            (self.features is not None and self.data is None, "--features needs --data."),
            (self.task is not None and (self.data is None or self.verify), "--task needs --data."),
            (
                self.verify and (self.target is not None or self.features is not None),
                "--verify takes --target and --features from the model card.",
            ),
            (
                self.floor is not None and (self.list_estimators or self.verify),
                "--floor can't be combined with --list or --verify.",
            ),
            (
                self.data is None and bool(self.floor_error("classification")),
                self.floor_error("classification"),
            ),
            (bool(self.parameters) and self.estimator is None, "--parameter needs --estimator."),
            (self.scale and self.estimator is None, "--scale needs --estimator."),
            (
                self.name is not None and not (trains_one or self.verify),
                "--name needs --estimator, --data or --verify.",
            ),
            (
                self.data is not None and not self.verify and self.name in _PROJECT_NAMES,
                f"--name is {self.name}, which is a predictor of the project. Choose another one.",
            ),
            (self.points is not None and not self.verify, "--points needs --verify."),
            (
                self.name is not None and not _NAME.fullmatch(self.name),
                f"--name is {self.name!r}; it must be 1 to 63 characters of a-z, 0-9, and - inside.",
            ),
            *(
                (not key or not equals, f"--parameter is {key + equals + value!r}; it must be KEY=VALUE.")
                for key, equals, value in pairs
            ),
            *(
                (keys.count(key) > 1, f"--parameter {key} is given more than once.")
                for key in sorted(set(keys))
            ),
        ]
        return [sentence for is_wrong, sentence in checks if is_wrong]

    def floor_error(self, task: str) -> str:
        """Return a sentence on a floor that no score of a task can be below; empty if there is none."""
        if self.floor is None or self.floor >= 0 or task == "regression":
            return ""
        return f"--floor is {self.floor:g}; an accuracy is from 0 to 1. R², of a regression, may be negative."

    def recipes(self, seed: int) -> tuple[Recipe, ...]:
        """Return the recipes to train.

        Raises:
            EstimatorError: The classifier can't be exported.
        """
        if self.estimator is None:
            return defaults(seed)
        support = estimator_support(self.estimator)
        if support.task == "regression":
            raise EstimatorError(f"{support.estimator} is a regressor, and Iris has classes. Use --data.")
        estimator = support.estimator
        return (self._recipe(self.name or _name_for(estimator), estimator, seed),)

    def recipe_for(self, definition: Definition, seed: int) -> Recipe:
        """Return the recipe for the data of a CSV file.

        Raises:
            EstimatorError: The estimator can't be exported, or is for another task.
        """
        name = self.name or definition.name
        if name in _PROJECT_NAMES:
            raise EstimatorError(f"{name} is a predictor of the project. Choose another name with --name.")
        categories = [feature for feature in definition.features if feature.levels]
        if self.estimator is None:
            return default_for_data(name, seed, has_categories=bool(categories), task=definition.task)
        support = estimator_support(self.estimator)
        if support.task != definition.task:
            raise EstimatorError(
                f"{support.estimator} is for a {support.task}, but the task is a {definition.task}. Choose "
                "another --estimator, or set --task."
            )
        return self._recipe(name, support.estimator, seed)

    def _recipe(self, name: str, estimator: str, seed: int) -> Recipe:
        return Recipe(
            name=name,
            estimator=estimator,
            parameters={key: _value(value) for key, _, value in map(_split, self.parameters)},
            scaled=self.scale,
            seed=seed,
        )


def _split(pair: str) -> tuple[str, str, str]:
    return pair.partition("=")


def _name_for(estimator: str) -> str:
    """Return the default name, such as `iris-random-forest` for RandomForestClassifier."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", estimator.removesuffix("Classifier"))
    return "-".join(["iris", *words]).lower()


def _value(text: str) -> Any:  # noqa: ANN401 (as many types as JSON has)
    try:
        return json.loads(text)
    except ValueError:
        return text
