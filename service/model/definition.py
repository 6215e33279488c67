"""Definition of a model: its task, features, classes, response key, example and hooks.

Plain data: training writes it into a predictor's manifest, and everything that reads requests or writes
responses takes it from there. `docs/model-definition.md` describes each key. Standard library only, so that a
Lambda cold start imports it without a framework.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from service.model.feature import Feature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from service.model.feature import Row


class DefinitionError(ValueError):
    """A definition has mistakes; the message lists all of them in one line."""


class Definition:
    """Input and output of a model."""

    __slots__ = (
        "_content",
        "classes",
        "description",
        "example",
        "features",
        "hook",
        "item",
        "items",
        "name",
        "response_key",
        "short_names",
        "task",
        "title",
        "unit",
    )

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Create the definition from valid content; `service.model.definition_reader` checks it."""
        self._content = content
        self.name: str = content["name"]
        self.title: str = content.get("title", self.name)
        self.description: str = content.get("description", "")
        self.task: str = content["task"]
        """`classification` or `regression`."""
        self.features = tuple(Feature(**feature) for feature in content["features"])
        """Features in the order of a row."""
        self.short_names = tuple(feature.short_name for feature in self.features)
        """Names of the features in requests, in the order of a row."""
        self.classes: tuple[str, ...] = tuple(content.get("classes", ()))
        """Names of the classes, in the order of their indices; empty for a regression."""
        self.unit: str = content.get("unit", "")
        """Unit of a regression's value; empty if there is none."""
        self.response_key: str = content["response_key"]
        """Key of the class or value in a response."""
        self.item: str = content.get("item", "row")
        self.items: str = content.get("items", "rows")
        """Words for one row and for many, in texts for people."""
        self.example: Mapping[str, float | str | None] = content["example"]
        """Short name -> value of a valid request."""
        self.hook: str | None = next(iter(content.get("hooks", ())), None)
        """Name of the correction of rows before prediction (`service.model.hooks`)."""

    def row(self, values: Mapping[str, object]) -> Row:
        """Return the row of some values by short name; a missing one is None.

        Raises:
            FeatureValueError: A value is not allowed.
        """
        return tuple([feature.parse(values.get(feature.short_name)) for feature in self.features])

    @property
    def an_object(self) -> str:
        """Words for a JSON object with all features, as error responses name it."""
        return f"a JSON object with {', '.join(self.short_names)}"

    def out_of_range(self, values: Mapping[str, object]) -> dict[str, int]:
        """Return the features whose values are out of range, each with the number 1."""
        return {
            feature.short_name: 1
            for feature in self.features
            if feature.short_name in values and feature.is_out_of_range(values[feature.short_name])
        }

    def magnitudes(self) -> list[float]:
        """Return the largest magnitude that each feature may have."""
        return [max(abs(feature.minimum), abs(feature.maximum)) for feature in self.features]

    def content(self) -> dict[str, Any]:
        """Return the content, as a manifest holds it."""
        return dict(self._content)


def definition_bytes(content: Mapping[str, Any]) -> bytes:
    """Return the only encoding of a definition that its hash is computed from."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def hashed_bytes(packed: bytes, content: Mapping[str, Any]) -> bytes:
    """Return the bytes whose SHA-256 is a predictor's version: its parameters, and then its definition."""
    return packed + definition_bytes(content)


def row_values(definition: Definition, row: Iterable[float]) -> dict[str, float | str | None]:
    """Return the values of a row by short name, as a request holds them."""
    values: dict[str, float | str | None] = {}
    for feature, number in zip(definition.features, row, strict=True):
        if number != number:  # noqa: PLR0124 (NaN)
            values[feature.short_name] = None
        else:
            values[feature.short_name] = feature.levels[int(number)] if feature.levels else number
    return values
