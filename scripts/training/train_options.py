"""Options of `iris train`: their validation, and the recipes that they describe."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from scripts.training.formats.supported_estimators import estimator_support
from scripts.training.recipe import Recipe, defaults

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Allowed name of a predictor, which is used unescaped in URLs, folder names and headers."""


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

    def errors(self) -> list[str]:
        """Return a sentence for each option that is invalid or conflicts with another."""
        trains_one = self.estimator is not None
        pairs = [_split(pair) for pair in self.parameters]
        keys = [key for key, _, _ in pairs]
        checks = [
            (self.list_estimators and self.verify, "--list and --verify can't be combined."),
            (
                trains_one and (self.list_estimators or self.verify),
                "--estimator can't be combined with --list or --verify.",
            ),
            (bool(self.parameters) and not trains_one, "--parameter needs --estimator."),
            (self.scale and not trains_one, "--scale needs --estimator."),
            (
                self.name is not None and not (trains_one or self.verify),
                "--name needs --estimator or --verify.",
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

    def recipes(self, seed: int) -> tuple[Recipe, ...]:
        """Return the recipes to train.

        Raises:
            EstimatorError: The classifier can't be exported.
        """
        if self.estimator is None:
            return defaults(seed)
        estimator = estimator_support(self.estimator).estimator
        recipe = Recipe(
            name=self.name or _name_for(estimator),
            estimator=estimator,
            parameters={key: _value(value) for key, _, value in map(_split, self.parameters)},
            scaled=self.scale,
            seed=seed,
        )
        return (recipe,)


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
