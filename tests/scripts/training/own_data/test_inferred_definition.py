"""Definition of a model, inferred from columns."""

from __future__ import annotations

import math

import numpy as np

from scripts.training.own_data.column import Column
from scripts.training.own_data.inferred_definition import infer_definition

NAN = math.nan


def column(name: str, kind: str, *values: float, levels: tuple[str, ...] = ()) -> Column:
    return Column(name=name, type=kind, levels=levels, values=np.array(values))


def test_the_example_is_the_first_row_without_a_missing_value():
    features = [
        column("size (cm)", "number", NAN, 1.5, 2.5, 3.5),
        column("colour", "category", 0, NAN, 1, 0, levels=("blue", "red")),
        column("count", "integer", 4, 5, 6, 7),
    ]
    target = column("ripe", "category", 0, 1, 0, 1, levels=("no", "yes"))
    found = infer_definition("fruit", features, target, "classification")
    assert found["example"] == {"size": 2.5, "colour": "red", "count": 6}
    # Only values that were missing may be missing in a request.
    assert [feature.get("optional", False) for feature in found["features"]] == [True, True, False]
    assert [feature.get("unit", "") for feature in found["features"]] == ["cm", "", ""]
    assert found["classes"] == ["no", "yes"]


def test_without_a_complete_row_the_example_has_what_the_first_one_has():
    features = [column("a", "number", NAN, 1), column("b", "integer", 2, NAN)]
    found = infer_definition("one", features, column("y (kg)", "number", 1, 2), "regression")
    assert found["example"] == {"a": None, "b": 2}
    assert (found["unit"], found["response_key"]) == ("kg", "y")
