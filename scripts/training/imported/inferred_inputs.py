"""Features of an imported model: their names, levels and ranges, from the model and an example."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from scripts.training.formats.columns_export import (
    TEXTS_IN_A_GRAPH,
    Column,
    NoColumnsError,
    flat_steps,
    split_before_graph,
)
from scripts.training.imported.model_file import ModelFileError
from scripts.training.own_data.column import Column as DataColumn
from scripts.training.own_data.column import feature_bounds
from scripts.training.own_data.inferred_definition import short_name
from service.http.agreement import noun_for
from service.model.definition_reader import RESERVED_FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_DEVIATIONS: Final = 6.0
"""Distance of the ends of a range from the mean of a StandardScaler, in standard deviations."""


class _Levels:
    """Levels that the encoders of a pipeline name, recorded while it is read."""

    def __init__(self) -> None:
        self.found: list[object] = []

    def __iter__(self) -> Iterator[object]:
        return iter(self.found)

    def __contains__(self, level: object) -> bool:
        return True

    def index(self, level: object) -> int:
        if level not in self.found:
            self.found.append(level)
        return self.found.index(level)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Features of a model, as the model and an example show them."""

    content: list[dict[str, Any]]
    """Features of the definition."""
    levels: list[tuple[object, ...]]
    """Levels of each feature, as the model has them; none for a number."""
    examples: list[dict[str, Any]]
    """Rows of the example, by short names."""


def read_examples(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON file: an object, or a list of them.

    Raises:
        ModelFileError: It holds none.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(f"Cannot read {path.name}: {' '.join(str(error).split())[:200]}.") from error
    rows = cast("list[Any]", content if isinstance(content, list) else [content])
    if not rows or not all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
        raise ModelFileError(
            f"{path.name} must be a JSON object with a value per feature, or a list of such rows."
        )
    return rows


def infer_inputs(model: Any, examples: Sequence[dict[str, Any]]) -> Inputs:  # noqa: ANN401 (no types)
    """Infer the features of a fitted model.

    Raises:
        ModelFileError: The example has other features, or the range of one is unknown.
    """
    first = flat_steps(model)[0]  # a pipeline that begins with "passthrough" does not say what it takes
    names = [str(name) for name in getattr(first, "feature_names_in_", examples[0])]
    if sorted(names) != sorted(examples[0]) or len(names) != first.n_features_in_:
        count = first.n_features_in_
        named = f" ({', '.join(names)[:200]})" if hasattr(first, "feature_names_in_") else ""
        raise ModelFileError(
            f"The model takes {count} {noun_for(count, 'feature')}{named}, but the example has "
            f"{', '.join(examples[0])[:200]}."
        )
    recorded = [_Levels() for _ in names]
    columns: list[Column] = []
    try:
        given = [Column(feature=index, levels=cast("Any", levels)) for index, levels in enumerate(recorded)]
        columns, _, refusal = split_before_graph(model, given)
    except NoColumnsError as error:
        refusal = str(error)
    short_names: list[str] = []
    content: list[dict[str, Any]] = []
    levels: list[tuple[object, ...]] = []
    for index, name in enumerate(names):
        short_names.append(short_name(name, {*short_names, *RESERVED_FEATURES}))
        texts = [level for level in recorded[index].found if isinstance(level, str)]
        levels.append(tuple(texts))
        steps = [step for column in columns if column.feature == index for step in column.steps]
        values = [row[name] for row in examples]
        is_optional = None in values or any(step in {"fill", "missing"} for step, _ in steps)
        if refusal and not texts and any(isinstance(value, str) for value in values):
            raise ModelFileError(f"The pipeline can't be exported: {refusal}, {TEXTS_IN_A_GRAPH}.")
        bounds = {"levels": texts} if texts else _bounds(name, values, steps)
        content.append(
            {
                "name": name,
                "short_name": short_names[-1],
                "type": "category" if texts else "number",
                **bounds,
                **({"optional": True} if is_optional else {}),
            }
        )
    rows = [{short: row[name] for short, name in zip(short_names, names, strict=True)} for row in examples]
    return Inputs(content=content, levels=levels, examples=rows)


def _bounds(name: str, values: Sequence[Any], steps: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the allowed range: beyond that of several examples, or six deviations from a scaler's mean."""
    if text := next((value for value in values if isinstance(value, str)), None):
        raise ModelFileError(f"{name} is {text!r} in the example, but the model takes a number there.")
    present = [
        float(value) for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    if len(set(present)) > 1:
        column = DataColumn(name=name, type="number", levels=(), values=np.array(present))
        return feature_bounds(column)
    affine = [(step, operand) for step, operand in steps if step in {"subtract", "divide"}]
    if [step for step, _ in affine[:2]] == ["subtract", "divide"]:
        (_, mean), (_, deviation) = affine[:2]
        low, high = mean - _DEVIATIONS * deviation, mean + _DEVIATIONS * deviation
        present = present or [mean]
        return {"minimum": min(low, *present), "maximum": max(high, *present)}
    if not all(map(math.isfinite, present)):
        present = []
    raise ModelFileError(
        f"The range of {name} is unknown. Give a list of rows in the example, such as ones with the smallest "
        "and the largest values: requests may go beyond them by half of their range."
    )
