"""Columns of a file are found, and its cells read, as `iris train` reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scripts.prediction.columns import find_columns, read_cell
from scripts.prediction.predict import predict
from scripts.training.train import train
from service.model.feature import Feature
from tests.conformance.local_service import local_service

if TYPE_CHECKING:
    from pathlib import Path


def named(name: str, short_name: str, unit: str = "") -> Feature:
    return Feature(name=name, short_name=short_name, unit=unit, minimum=0, maximum=9)


@pytest.mark.parametrize(
    ("features", "header", "places"),
    [
        ([named("petal length", "pl", "cm")], ["pl"], [0]),
        ([named("petal length", "pl", "cm")], ["x", "petal length (cm)"], [1]),
        ([named("petal length", "pl", "cm")], ["petal length"], [0]),
        # A short name may be the name of another feature.
        ([named("a b", "a_b"), named("a_b", "a_b_2")], ["a b", "a_b"], [0, 1]),
        ([named("a b", "a_b"), named("a_b", "a_b_2")], ["a_b_2", "a_b"], [1, 0]),
        ([named("x", "x", "m"), named("x", "x_2", "ft")], ["x (ft)", "x [m]"], [1, 0]),
        ([named("area", "a"), named("rooms", "r")], ["area", "r"], [0, 1]),
    ],
)
def test_columns_are_found_by_name_and_unit_or_by_short_name(
    features: list[Feature], header: list[str], places: list[int]
):
    assert find_columns(header, features) == [[place] for place in places]


def test_a_feature_with_two_columns_or_none_has_as_many():
    assert find_columns(["a", "a"], [named("a", "a"), named("b", "b")]) == [[0, 1], []]


@pytest.mark.parametrize(
    ("cell", "separator", "read"),
    [
        (" 1,5 ", ";", "1.5"),
        ("1,234", ";", "1.234"),
        ("1,5", ",", "1.5"),
        ("1,234", ",", "1,234"),  # perhaps 1234
        ("+3", ",", "3"),
        ("+1,5", ";", "1.5"),
        ("1,2,3", ";", "1,2,3"),
        ("a,b", ";", "a,b"),
        ("NaN", ",", ""),
        ("n/a", ",", ""),
        ("x", ",", "x"),
    ],
)
def test_a_number_is_read_with_a_decimal_point_and_a_missing_one_as_empty(
    cell: str, separator: str, read: str
):
    optional = Feature(name="a", short_name="a", minimum=0, maximum=9, optional=True)
    assert read_cell(cell, optional, separator) == read


def test_a_value_that_must_be_there_and_a_level_are_left_as_they_are():
    assert read_cell("NaN", named("a", "a"), ",") == "NaN"
    category = Feature(name="a", short_name="a", type="category", levels=["none", "1,5"], optional=True)
    assert [read_cell(cell, category, ";") for cell in ("none", "1,5", "NA")] == ["none", "1,5", ""]


FILES = {
    "decimal commas": "größe (cm);__proto__;art\n{0},5;{1};{2}\n",
    "UTF-16 and tabs": "größe (cm)\t__proto__\tart\n{0}.5\t{1}\t{2}\n",
    "an announced separator": "sep=|\ngröße (cm)|__proto__|art\n{0}.5|{1}|{2}\n",
    "line breaks in names": '"größe\n(cm)", "__proto__", "art"\n{0}.5, {1}, "{2}"\n',
}


@pytest.mark.parametrize("kind", FILES)
def test_the_file_that_a_predictor_was_trained_on_is_predicted_both_ways(kind: str, tmp_path: Path):
    *header, line = FILES[kind].splitlines(keepends=True)
    rows = [line.format(n % 9, "NA" if n % 10 == 3 else n * n % 11, "ab"[n % 9 > 4]) for n in range(100)]
    path = tmp_path / "data.csv"
    path.write_text("".join([*header, *rows]), encoding="utf-16" if "UTF-16" in kind else "utf-8")
    folder = tmp_path / "predictors"
    options = ["--data", str(path), "--target", "art", "--features", "größe (cm),__proto__"]
    trained = CliRunner().invoke(train, [*options, "--output", str(folder)])
    assert trained.exit_code == 0, trained.stderr
    with local_service(folder) as url:
        for way in (("--predictors", str(folder)), ("--url", url)):
            result = CliRunner().invoke(predict, [str(path), "--format", "ndjson", *way])
            assert result.exit_code == 0, result.stderr
            answers = [json.loads(each) for each in result.stdout.splitlines()]
            assert [answer["art"] for answer in answers] == ["ab"[n % 9 > 4] for n in range(100)]
            assert answers[0]["line"] == len("".join(header).splitlines()) + 1
