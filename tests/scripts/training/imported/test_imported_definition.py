"""Names that an imported model's definition has, and rows of its example."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scripts.training.imported.imported_definition import imported_definition
from scripts.training.imported.inferred_inputs import Inputs, read_examples
from scripts.training.imported.model_file import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from service.model.definition import Definition

INPUTS = Inputs(
    content=[{"name": "alcohol", "short_name": "alcohol", "type": "number", "minimum": 9, "maximum": 16}],
    levels=[()],
    examples=[{"alcohol": 12.5}, {"alcohol": 14}],
)


def defined(
    labels: Sequence[object] = (), classes: Sequence[str] = (), *, target: str = "quality", unit: str = ""
) -> Definition:
    return imported_definition(
        INPUTS, labels, classes, name="wine", target=target, unit=unit, is_regression=not labels
    )


@pytest.mark.parametrize(
    ("labels", "classes", "names"),
    [
        (["good", "bad"], [], ["good", "bad"]),
        (["good", "bad"], ["good", "bad"], ["good", "bad"]),
        ([0, 1, 2], [], ["0", "1", "2"]),
        ([0, 1, 2], ["a", "b", "c"], ["a", "b", "c"]),
        ([0, 1], ["0", "1"], ["0", "1"]),
    ],
)
def test_classes_have_their_own_names_or_those_that_are_given_for_numbers(
    labels: list[object], classes: list[str], names: list[str]
):
    found = defined(labels, classes)
    assert (list(found.classes), found.task) == (names, "classification")


@pytest.mark.parametrize(
    ("labels", "classes", "complaint"),
    [
        (["good", "bad"], ["a", "b"], "The classes have names: good, bad. Leave out --classes."),
        (["good", "bad"], ["bad", "good"], "The classes have names: good, bad."),
        ([0, 1, 2], ["a", "b"], "--classes has 2 names, but the model has 3 classes: 0, 1, 2."),
        ([0, 1], ["a"], "--classes has 1 name, but the model has 2 classes: 0, 1."),
        ([], ["a"], "The model is a regression, which has no --classes."),
    ],
)
def test_names_that_do_not_fit_the_classes_are_refused(
    labels: list[object], classes: list[str], complaint: str
):
    with pytest.raises(ModelFileError) as raised:
        defined(labels, classes)
    assert str(raised.value).startswith(complaint)


def test_a_regression_has_a_unit_and_the_first_row_is_the_example():
    found = defined(unit="points", target="wine quality")
    assert (found.task, found.unit, found.response_key) == ("regression", "points", "wine_quality")
    assert (found.name, found.title) == ("wine", "Predictor of wine quality")
    assert found.content()["example"] == {"alcohol": 12.5}
    assert found.content()["description"] == "Predicts wine quality from 1 feature."


ROW = {"x": 1, "y": "a"}


@pytest.mark.parametrize(
    ("content", "rows"),
    [(ROW, [ROW]), ([ROW], [ROW]), ([ROW, {"y": "b", "x": None}], [ROW, {"x": None, "y": "b"}])],
)
def test_an_example_is_a_row_or_a_list_of_rows(content: object, rows: list[object], tmp_path: Path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(content))
    assert read_examples(path) == rows


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[]", "rows.json must be a JSON object with a value per feature, or a list of such rows."),
        ("7", "rows.json must be a JSON object"),
        ("[7]", "rows.json must be a JSON object"),
        ('[{"x": 1}, {"y": 1}]', "rows.json must be a JSON object"),
        ('[{"x": 1}, {"x": 1, "y": 1}]', "rows.json must be a JSON object"),
        ("{", "Cannot read rows.json: "),
        ("[" * 100_000, "Cannot read rows.json: "),
    ],
    ids=lambda it: str(it)[:30],
)
def test_another_file_is_no_example(content: str, complaint: str, tmp_path: Path):
    path = tmp_path / "rows.json"
    path.write_text(content)
    with pytest.raises(ModelFileError) as raised:
        read_examples(path)
    assert str(raised.value).startswith(complaint)
    assert "\n" not in str(raised.value)
