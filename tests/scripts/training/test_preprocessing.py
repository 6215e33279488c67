"""Transformers before an estimator, by the features that there are."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scripts.training.preprocessing import preprocessing
from service.model.definition_reader import read_definition

if TYPE_CHECKING:
    from service.model.definition import Definition


def definition(*kinds: str) -> Definition:
    """Return one with a feature of each kind; a question mark says that its value may be missing."""
    features: list[dict[str, Any]] = []
    example: dict[str, Any] = {}
    for index, kind in enumerate(kinds):
        is_number, name = kind.startswith("number"), f"f{index}"
        bounds: dict[str, Any] = {"minimum": 0, "maximum": 9} if is_number else {"levels": ["a", "b", "c"]}
        feature = {"name": name, "short_name": name, "type": kind.rstrip("?"), "optional": kind.endswith("?")}
        features.append(feature | bounds)
        example[name] = 1 if is_number else "a"
    return read_definition(
        {
            "name": "one",
            "title": "One",
            "description": "One.",
            "task": "classification",
            "features": features,
            "classes": ["no", "yes"],
            "response_key": "answer",
            "example": example,
        }
    )


def described(step: Any) -> str:
    """Return the names of a step's parts, each with its columns."""
    parts: list[Any] | None = getattr(step, "transformers", None)
    if parts is None:
        steps: list[Any] = [it for _, it in step.steps] if hasattr(step, "steps") else [step]
        return " ".join(it if isinstance(it, str) else type(it).__name__ for it in steps)
    return "; ".join(f"{described(one)} {columns}" for _, one, columns in parts)


@pytest.mark.parametrize(
    ("kinds", "flags", "steps"),
    [
        (["number"], "", []),
        (["number"], "scaled", ["StandardScaler"]),
        (["number"], "scaled encoded filled", ["StandardScaler"]),
        (["category"], "scaled", ["StandardScaler"]),
        (["number?"], "encoded", []),
        (["number?"], "filled", ["SimpleImputer [0]"]),
        (["number?", "number"], "scaled filled", ["SimpleImputer StandardScaler [0, 1]"]),
        (["number", "category"], "filled", []),
        (["number", "category"], "encoded", ["passthrough [0]; OneHotEncoder [1]"]),
        (["number", "category"], "scaled encoded", ["StandardScaler [0]; OneHotEncoder [1]"]),
        (["category", "number?"], "filled", ["SimpleImputer [1]; SimpleImputer [0]"]),
        (["category?"], "encoded filled", ["SimpleImputer OneHotEncoder [0]"]),
        (["category?"], "encoded", ["OneHotEncoder [0]"]),
        (
            ["category?", "number", "category"],
            "scaled encoded filled",
            ["SimpleImputer StandardScaler [1]; SimpleImputer OneHotEncoder [0, 2]"],
        ),
    ],
)
def test_values_are_filled_in_scaled_and_encoded_where_that_is_asked_for_and_needed(
    kinds: list[str], flags: str, steps: list[str]
):
    given = {f"is_{flag}" if flag != "scaled" else flag: True for flag in flags.split()}
    options = {"scaled": False, "is_encoded": False, "is_filled": False} | given
    assert [described(it) for it in preprocessing(definition(*kinds), **options)] == steps


def test_numbers_get_their_median_and_categories_their_most_frequent_level_of_all_that_are_defined():
    (columns,) = preprocessing(
        definition("number?", "category"), scaled=True, is_encoded=True, is_filled=True
    )
    (_, numbers, _), (_, categories, _) = columns.transformers
    assert [numbers[0].strategy, categories[0].strategy] == ["median", "most_frequent"]
    # A level that no row has is a column all the same.
    assert categories[1].categories == [[0.0, 1.0, 2.0]]
    # The exported formulas are of dense rows.
    assert (columns.sparse_threshold, categories[1].sparse_output) == (0, False)
