"""Names in requests, and texts that hide a quantity or that a definition can't hold."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.training.own_data.column import Column
from scripts.training.own_data.csv_table import DataError
from scripts.training.own_data.inferred_definition import infer_definition, short_name, slug
from scripts.training.own_data.texts import check_texts, hidden_quantity, shown


def category(name: str, *levels: str) -> Column:
    return Column(name=name, type="category", levels=levels, values=np.arange(len(levels), dtype=np.float64))


def number(name: str, *values: float) -> Column:
    return Column(name=name, type="number", levels=(), values=np.array(values or (1.0, 2.0)))


# A short name is an identifier of most languages, with a place for a suffix among its 63 characters.
@pytest.mark.parametrize(
    ("header", "taken", "name"),
    [
        ("alcohol", (), "alcohol"),
        ("alcohol (%)", (), "alcohol"),
        ("alcohol [% vol]", (), "alcohol"),
        ("Petal  Length", (), "Petal_Length"),
        ("größe", (), "groe"),
        ("año/mes", (), "ano_mes"),
        ("_x_", (), "x"),
        ("2nd", (), "x2nd"),
        ("温度", (), "column"),
        ("a" * 70, (), "a" * 60),
        ("a b", ("a_b",), "a_b_2"),
        ("A_B", ("ab",), "A_B_2"),
        ("a", ("a", "a_2"), "a_3"),
        ("lang", ("detail", "lang", "predictor"), "lang_2"),
    ],
)
def test_a_name_in_requests_is_an_identifier_that_no_other_column_has(
    header: str, taken: tuple[str, ...], name: str
):
    assert short_name(header, taken) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Wine Data_2024", "wine-data-2024"),
        ("--a--", "a"),
        ("niño", "nino"),
        ("温度", ""),
        ("a" * 70, "a" * 63),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_a_model_is_named_after_its_file(text: str, name: str):
    assert slug(text) == name


def test_names_that_requests_use_otherwise_are_not_those_of_columns():
    features = [number("detail"), number("lang"), number("predictor"), number("Detail")]
    found = infer_definition("one", features, number("y"), "regression")
    assert [it["short_name"] for it in found["features"]] == ["detail_2", "lang_2", "predictor_2", "Detail_3"]
    assert found["title"] == "Predictor of y"
    assert found["description"] == "Predicts y from 4 features."
    assert found["task"] == "regression"
    one = infer_definition("one", features[:1], category("y" * 200, "a", "b"), "classification")
    assert one["description"].endswith(" from 1 feature.")
    assert len(one["title"]) == 100


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        (("2024-01-05", "2024-1-5T10:00"), "dates"),
        (("05/01/2024", "5.1.2024"), "dates"),
        (("2024-01-05", "soon"), ""),
        (("05/01/24", "06/01/24"), ""),
        (("$1", "$1,234.50", "-$3"), "numbers with a sign"),
        (("10 %", "12,5%"), "numbers with a sign"),
        (("3 €", "£2", "¥7", "+5"), "numbers with a sign"),
        (("$1", "free"), ""),
        (("red", "blue"), ""),
    ],
)
def test_dates_and_amounts_are_quantities_in_disguise(levels: tuple[str, ...], kind: str):
    reason = hidden_quantity(category("x", *levels))
    assert reason.startswith(f"holds {kind}, such as {levels[0]}. Write ") if kind else reason == ""
    assert hidden_quantity(number("x")) == ""


@pytest.mark.parametrize(
    ("features", "classes", "complaint"),
    [
        ([number(f"x{it}") for it in range(1_001)], [], "There are 1,001 features, and a model has 1,000"),
        ([number("x")], [str(it) for it in range(1_001)], "has 1,001 classes, and a model has 1,000"),
        ([number("x" * 101)], [], "has 101 characters, of 100 that are allowed. Rename it"),
        ([number("a\tb")], [], r"The column 'a\tb' has a character that can't be printed, U+0009."),
        ([category("x", "a\nb")], [], r"Column x holds 'a\nb', which has a line break. Replace it"),
        ([category("x", "a\rb")], [], r"Column x holds 'a\rb', which has a line break."),
        ([category("x", "a\u200bb")], [], "can't be printed, U+200B."),
        ([number("x")], ["a", "b" * 101], "which has 101 characters, of 100 that are allowed."),
    ],
    ids=str,
)
def test_what_a_definition_can_not_hold_is_named_with_its_place(
    features: list[Column], classes: list[str], complaint: str
):
    with pytest.raises(DataError) as raised:
        check_texts(features, category("y", "a", "b"), classes)
    assert complaint in str(raised.value)


def test_a_definition_holds_a_thousand_features_and_classes_of_a_hundred_characters():
    names = [f"{it:0100}" for it in range(1_000)]
    check_texts([category(name, name) for name in names], number("y" * 100), names)


def test_a_long_text_is_shown_by_its_beginning():
    assert shown("a" * 58) == f"'{'a' * 58}'"
    assert shown("a" * 59) == f"'{'a' * 55}...'"
