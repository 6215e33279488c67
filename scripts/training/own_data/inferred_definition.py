"""Definition of a model, inferred from the columns of its training data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scripts.training.own_data.checks import class_name
from scripts.training.own_data.column import feature_bounds
from service.http.agreement import noun_for
from service.model.definition_reader import RESERVED_FEATURES, RESERVED_RESPONSE_KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scripts.training.own_data.column import Column

_MAX_SHORT_NAME: Final = 60
"""Maximum characters of a short name, 63, without a suffix that tells two apart."""

UNIT: Final = re.compile(r"(?P<name>.+?)\s*[(\[](?P<unit>[^()\[\]]{1,20})[)\]]")
"""Header with a unit, such as `alcohol (%)`."""


def infer_definition(name: str, features: Sequence[Column], target: Column, task: str) -> dict[str, Any]:
    """Return the content of the definition; the example is the first row without a missing value."""
    short_names: list[str] = []
    for feature in features:
        short_names.append(short_name(feature.name, {*short_names, *RESERVED_FEATURES}))
    match = UNIT.fullmatch(target.name)
    answer: dict[str, Any] = {"unit": match["unit"]} if match else {}
    if task == "classification":
        answer = {"classes": [class_name(target, value) for value in np.unique(target.values).tolist()]}
    described = [_feature(feature, short) for feature, short in zip(features, short_names, strict=True)]
    return {
        "name": name,
        "title": f"Predictor of {target.name}"[:100],
        "description": f"Predicts {target.name} from {len(features)} {noun_for(len(features), 'feature')}.",
        "task": task,
        "features": described,
        **answer,
        "response_key": short_name(target.name, RESERVED_RESPONSE_KEYS),
        "example": _example(features, short_names),
    }


def short_name(header: str, taken: Collection[str]) -> str:
    """Return the name in requests for a header: letters, digits, underscores; none of those taken.

    Names that differ only by case or underscores are one: generated clients have one field for both.
    """
    match = UNIT.fullmatch(header)
    text = match["name"] if match else header
    plain = re.sub(r"[^A-Za-z0-9]+", "_", _transliterated(text)).strip("_") or "column"
    plain = (plain if plain[0].isalpha() else f"x{plain}")[:_MAX_SHORT_NAME]
    candidate, number = plain, 1
    folded = set(map(_folded, taken))
    while _folded(candidate) in folded:
        number += 1
        candidate = f"{plain}_{number}"
    return candidate


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def slug(text: str) -> str:
    """Return the name of a model for a text, such as the name of a file; empty if it has none."""
    return re.sub(r"[^a-z0-9]+", "-", _transliterated(text).lower()).strip("-")[:63].strip("-")


def _transliterated(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _feature(column: Column, short: str) -> dict[str, Any]:
    match = UNIT.fullmatch(column.name)
    return {
        "name": match["name"] if match else column.name,
        "short_name": short,
        "type": column.type,
        **({"unit": match["unit"]} if match and not column.levels else {}),
        **feature_bounds(column),
        **({"optional": True} if column.missing else {}),
    }


def _example(features: Sequence[Column], short_names: Sequence[str]) -> dict[str, Any]:
    rows = np.column_stack([feature.values for feature in features])
    complete = np.flatnonzero(~np.isnan(rows).any(axis=1))
    row = rows[complete[0] if len(complete) else 0].tolist()
    example: dict[str, Any] = {}
    for feature, short, value in zip(features, short_names, row, strict=True):
        if value != value:  # noqa: PLR0124 (NaN)
            example[short] = None
        elif feature.levels:
            example[short] = feature.levels[int(value)]
        else:
            example[short] = int(value) if feature.type == "integer" else value
    return example
