from __future__ import annotations

import math
from typing import Any, cast

import pytest

from service.model.definition import Definition
from service.model.formats import unpack_model
from service.model.generated.prepared import Columns

DEFINITION = Definition(
    {
        "name": "m",
        "task": "classification",
        "features": [
            {"name": "a", "short_name": "a", "minimum": -2, "maximum": 10, "optional": True},
            {"name": "b", "short_name": "b", "type": "category", "levels": ["x", "y", "z"]},
        ],
        "classes": ["no", "yes"],
        "response_key": "y",
        "example": {"a": 1, "b": "x"},
    }
)


def columns(*steps: list[Any], feature: int = 0) -> Columns:
    return Columns([{"feature": feature, "steps": list(steps)}], DEFINITION)


@pytest.mark.parametrize(
    ("steps", "value", "column", "extent"),
    [
        ([], 4.0, 4.0, (-2, 10)),
        ([["fill", 12.5]], 4.0, 4.0, (-2, 12.5)),
        ([["fill", 12.5]], math.nan, 12.5, (-2, 12.5)),
        ([["missing", 0]], math.nan, 1.0, (0, 1)),
        ([["missing", 0]], 4.0, 0.0, (0, 1)),
        ([["is", 4]], 4.0, 1.0, (0, 1)),
        ([["is", 4]], math.nan, 0.0, (0, 1)),
        ([["subtract", 1], ["divide", -2]], 4.0, -1.5, (-4.5, 1.5)),
        ([["multiply", -3], ["add", 0.5]], 4.0, -11.5, (-29.5, 6.5)),
    ],
)
def test_operations_are_applied_in_their_order_to_values_and_ranges(
    steps: list[list[Any]], value: float, column: float, extent: tuple[float, float]
):
    made = columns(*steps)
    assert made.prepare((value, 0.0)) == (column,)
    assert (made.features[0].minimum, made.features[0].maximum) == extent


def test_a_level_is_mapped_to_its_number():
    made = columns(["map", [2, 0, 1]], feature=1)
    assert [made.prepare((0.0, level)) for level in (0.0, 1.0, 2.0)] == [(2.0,), (0.0,), (1.0,)]


@pytest.mark.parametrize(
    ("packed", "complaint"),
    cast(
        "list[tuple[Any, str]]",
        [
            ([], "not a list"),
            ([{"feature": 2, "steps": []}], "not of a feature"),
            ([{"feature": True, "steps": []}], "not of a feature"),
            ([{"feature": 0, "steps": [["power", 2]]}], "unknown operation 'power'"),
            ([{"feature": 0, "steps": [["add", "__import__('os')"]]}], "not a number"),
            ([{"feature": 0, "steps": [["divide", 0]]}], "zero"),
            ([{"feature": 0, "steps": [["multiply", 1e308], ["multiply", 10]]}], "not finite"),
            ([{"feature": 1, "steps": [["map", [1, 2]]]}], "does not map every level"),
            ([{"feature": 0, "steps": [["add", 1]] * 20_000}], "more than 20000 operations"),
        ],
    ),
)
def test_invalid_columns_are_refused(packed: Any, complaint: str):
    with pytest.raises((ArithmeticError, LookupError, TypeError, ValueError), match=complaint):
        Columns(packed, DEFINITION)


def test_a_model_without_an_answer_to_missing_values_is_refused():
    packed: dict[str, Any] = {
        "kind": "linear",
        "columns": [{"feature": 0, "steps": []}],
        "coefficients": [[1], [2]],
        "intercepts": [0, 0],
    }
    with pytest.raises(ValueError, match="a value may be missing"):
        unpack_model(packed, DEFINITION)
    packed["columns"] = [{"feature": 0, "steps": [["fill", 1]]}]
    model = unpack_model(packed, DEFINITION)
    expected = [model.decide(row) for row in ((-1.0, 0.0), (math.nan, 0.0))]
    model.specialize()
    assert [model.decide(row) for row in ((-1.0, 0.0), (math.nan, 0.0))] == expected == [0, 1]
    assert model.decide_all([(math.nan, 0.0)]) == [1]
