"""What the options of `iris train` ask for, and whether they go together."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from scripts.training.formats.supported_estimators import packable
from scripts.training.recipe import Recipe, defaults

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""What goes into a path, a folder's name and a header as it is."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Those that say what to do; None or empty where one was not given."""

    estimator: str | None
    parameters: tuple[str, ...]
    name: str | None
    scale: bool
    listing: bool
    verify: bool
    points: int | None

    def mistakes(self) -> list[str]:
        """Return a sentence for each option that does not go with the others, or is not what it may be."""
        trains_one = self.estimator is not None
        pairs = [_split(pair) for pair in self.parameters]
        keys = [key for key, _, _ in pairs]
        found = [
            (self.listing and self.verify, "--list and --verify do not go together."),
            (trains_one and (self.listing or self.verify), "--estimator trains; --list and --verify do not."),
            (bool(self.parameters) and not trains_one, "--parameter needs --estimator."),
            (self.scale and not trains_one, "--scale needs --estimator."),
            (
                self.name is not None and not (trains_one or self.verify),
                "--name needs --estimator or --verify.",
            ),
            (self.points is not None and not self.verify, "--points needs --verify."),
            (
                self.name is not None and not _NAME.fullmatch(self.name),
                f"--name is {self.name!r}; it takes up to 63 of a-z, 0-9 and - inside.",
            ),
            *(
                (not key or not equals, f"--parameter is {key + equals + value!r}; it takes KEY=VALUE.")
                for key, equals, value in pairs
            ),
            *(
                (keys.count(key) > 1, f"--parameter {key} is given more than once.")
                for key in sorted(set(keys))
            ),
        ]
        return [sentence for is_wrong, sentence in found if is_wrong]

    def recipes(self, seed: int) -> tuple[Recipe, ...]:
        """Return what to train.

        Raises:
            EstimatorError: it cannot be packed.
        """
        if self.estimator is None:
            return defaults(seed)
        estimator = packable(self.estimator).estimator
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
    """RandomForestClassifier -> iris-random-forest."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", estimator.removesuffix("Classifier"))
    return "-".join(["iris", *words]).lower()


def _value(text: str) -> Any:  # noqa: ANN401 (as many types as JSON has)
    try:
        return json.loads(text)
    except ValueError:
        return text
