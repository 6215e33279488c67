"""Training data of a CSV file: its rows, its target and where it comes from."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scripts.training.own_data.csv_dataset import file_hash, load_csv, split_names
from scripts.training.own_data.csv_table import DataError

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = np.arange(60)


def table(folder: Path, name: str = "Wine 2024.csv") -> Path:
    """Write 60 rows: a number, a number with a decimal comma, a text, a class, a grade and a quantity."""
    path = folder / name
    lines = [
        f'{n * 7 % 11},"{n * 5 % 13},5",{"red" if n % 3 else "white"},{"no" if n * 3 % 7 % 2 else "yes"},'
        f"{10 + n * 5 % 11 % 2},{n * n % 61 / 4}"
        for n in NUMBERS
    ]
    path.write_text("\n".join(["a,b,colour,good,grade,price", *lines]) + "\n")
    return path


def test_all_columns_but_the_target_are_features_in_the_order_of_the_file(tmp_path: Path):
    found = load_csv(table(tmp_path), "good")
    assert [it.name for it in found.columns] == ["a", "b", "colour", "grade", "price"]
    assert found.dataset.rows.shape == (60, 5)
    assert found.dataset.rows[:, 0].tolist() == (NUMBERS * 7 % 11).tolist()
    assert found.dataset.rows[:, 1].tolist() == (NUMBERS * 5 % 13 + 0.5).tolist()
    assert found.dataset.rows[:4, 2].tolist() == [1, 0, 0, 1]
    assert found.notes == ("Decimal commas are read in b; requests have decimal points.",)


def test_the_target_of_a_classification_is_the_index_of_its_class(tmp_path: Path):
    dataset = load_csv(table(tmp_path), "good", ["a"]).dataset
    assert (dataset.classes, dataset.is_regression) == (("no", "yes"), False)
    assert dataset.target.tolist() == [0 if n * 3 % 7 % 2 else 1 for n in NUMBERS]
    grades = load_csv(table(tmp_path), "grade", ["a"]).dataset
    assert grades.classes == ("10", "11")
    assert grades.target.tolist() == [n * 5 % 11 % 2 for n in NUMBERS]


def test_the_target_of_a_regression_is_its_values(tmp_path: Path):
    dataset = load_csv(table(tmp_path), "price", ["a", "b"]).dataset
    assert (dataset.classes, dataset.is_regression) == ((), True)
    assert dataset.target.tolist() == [n * n % 61 / 4 for n in NUMBERS]
    forced = load_csv(table(tmp_path), "grade", ["a"], "regression").dataset
    assert forced.target.tolist() == [10 + n * 5 % 11 % 2 for n in NUMBERS]


def test_chosen_features_keep_their_order_and_the_file_is_known_by_its_hash(tmp_path: Path):
    path = table(tmp_path)
    dataset = load_csv(path, " good ", ["price", " a "]).dataset
    assert [it.short_name for it in dataset.definition.features] == ["price", "a"]
    assert dataset.definition.name == "wine-2024"
    assert (dataset.origin.data, dataset.origin.source) == ("Wine 2024.csv", "Wine 2024.csv")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert dataset.origin.details == {"sha256": digest, "target": "good", "columns": ["price", "a"]}
    assert file_hash(path) == digest
    assert load_csv(table(tmp_path, "数据.csv"), "good", ["a"]).dataset.definition.name == "model"


def test_a_missing_value_of_a_feature_is_no_number(tmp_path: Path):
    path = table(tmp_path)
    path.write_text(path.read_text().replace("\n7,", "\nNA,", 1))
    dataset = load_csv(path, "good", ["a"]).dataset
    assert [math.isnan(it) for it in dataset.rows[:3, 0].tolist()] == [False, True, False]
    assert dataset.definition.features[0].optional


@pytest.mark.parametrize(
    ("target", "features", "complaint"),
    [
        ("goood", None, "--target: Wine 2024.csv has no column 'goood'. Did you mean good?"),
        ("good", ["a", "colours"], "--features: Wine 2024.csv has no column 'colours'. Did you mean colour?"),
        ("zzz", None, "Its columns are a, b, colour, good, grade, price."),
        ("good", ["a", "good"], "--features names the target good, which a model can't know. Leave it out."),
        ("good", ["a", "b", "a"], "--features names a column twice."),
    ],
)
def test_columns_that_are_not_there_or_named_twice_are_refused(
    target: str, features: list[str] | None, complaint: str, tmp_path: Path
):
    with pytest.raises(DataError) as raised:
        load_csv(table(tmp_path), target, features)
    assert complaint in str(raised.value)


def test_a_file_with_the_target_only_has_nothing_to_learn_from(tmp_path: Path):
    path = tmp_path / "one.csv"
    path.write_text("good\n" + "yes\nno\n" * 30)
    with pytest.raises(DataError, match="has no other column than the target good"):
        load_csv(path, "good")
    with pytest.raises(DataError, match=r"Cannot read .*none\.csv: No such file or directory"):
        file_hash(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "names"),
    [("a,b", ["a", "b"]), (' a , "b, c" ,d ', ["a", "b, c", "d"]), ("a", ["a"])],
)
def test_a_name_with_a_comma_is_in_quotation_marks(text: str, names: list[str]):
    assert split_names(text) == names
