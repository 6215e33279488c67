"""Checks of a target and of features at their limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scripts.training.own_data.checks import check_features, check_target, infer_task
from scripts.training.own_data.column import Column
from scripts.training.own_data.csv_table import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable


def of_classes(*counts: int) -> Column:
    values = np.repeat(np.arange(len(counts), dtype=np.float64), counts)
    return Column(name="y", type="category", levels=("a", "b", "c")[: len(counts)], values=values)


@pytest.mark.parametrize("counts", [(45, 5), (40, 5, 5)])
def test_a_class_with_a_row_for_each_of_five_folds_can_be_learned(counts: tuple[int, ...]):
    check_target(of_classes(*counts), sum(counts))


def test_a_class_with_fewer_rows_than_folds_is_named_with_their_number():
    with pytest.raises(DataError, match=r"at least 5 rows, but fewer have b \(4\)\."):
        check_target(of_classes(46, 4), 50)


def test_fifty_rows_are_enough_and_49_are_not():
    check_target(of_classes(25, 25), 50)
    with pytest.raises(DataError, match="There are 49 rows, and training needs at least 50"):
        check_target(of_classes(25, 24), 49)


# --- features, and targets that are numbers ---


def numbers(values: Iterable[float], kind: str = "number") -> Column:
    return Column(name="x", type=kind, levels=(), values=np.array([*values], dtype=np.float64))


def texts(levels: int, rows: int) -> Column:
    names = tuple(f"level {number:03}" for number in range(levels))
    values = (np.arange(rows) % levels).astype(np.float64)
    return Column(name="x", type="category", levels=names, values=values)


def classes(rows: int) -> Column:
    """Return two classes that no column of the tests gives away."""
    values = (np.arange(rows) * 5 % 7 % 2).astype(np.float64)
    return Column(name="y", type="category", levels=("a", "b"), values=values)


def refusal(feature: Column, target: Column, *, chosen: bool = False, is_regression: bool = False) -> str:
    """Return the reason against a feature; empty if it can be learned from."""
    try:
        check_features([feature], target, chosen=chosen, is_regression=is_regression)
    except DataError as error:
        return str(error).removeprefix("No column can be learned from: x ")
    return ""


@pytest.mark.parametrize(
    ("present", "reason"), [(10, ""), (9, "has a value in only 9 rows, of at least 10.")]
)
def test_a_feature_has_a_value_in_two_rows_of_each_fold(present: int, reason: str):
    values = (n * 7 % 13 if n < present else math.nan for n in range(60))
    assert refusal(numbers(values), classes(60)) == reason


@pytest.mark.parametrize(("levels", "is_refused"), [(100, False), (101, True)])
def test_a_category_has_at_most_100_levels(levels: int, *, is_refused: bool):
    reason = refusal(texts(levels, 300), classes(300))
    assert reason.startswith(f"has {levels} different texts") is is_refused
    assert bool(reason) is is_refused


# Nine of ten different texts are still levels; more identify the rows, unless the user has named the column.
@pytest.mark.parametrize(("levels", "reason"), [(54, ""), (55, "identifies the rows.")])
def test_a_category_identifies_the_rows_above_nine_tenths_of_different_texts(levels: int, reason: str):
    assert refusal(texts(levels, 60), classes(60)) == reason
    assert refusal(texts(levels, 60), classes(60), chosen=True) == ""


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([*range(7, 67)], "numbers the rows."),
        ([*range(66, 6, -1)], "numbers the rows."),
        ([*range(59), 60], ""),
        ([*range(59), 58], ""),
    ],
    ids=["in order", "backwards", "with a gap", "with a repetition"],
)
def test_whole_numbers_number_the_rows_only_without_a_gap(values: list[int], reason: str):
    assert refusal(numbers(values, "integer"), classes(60)) == reason
    assert refusal(numbers(values, "integer"), classes(60), chosen=True) == ""


LEAK = "predicts y without an error, as if it was known only afterwards (a leak)."


# A quantity that only rises or only falls with another one is that one in other units.
@pytest.mark.parametrize(
    ("values", "answers", "is_leak"),
    [
        ([n * n for n in range(60)], [*range(60)], True),
        ([n * n for n in range(60)], [*range(60, 0, -1)], True),
        ([n // 2 for n in range(60)], [n // 2 for n in range(60)], True),
        ([n // 3 for n in range(60)], [n // 3 for n in range(60)], False),
        ([n * n for n in range(60)], [*range(58), 59, 58], False),
    ],
    ids=["rises", "falls", "with each value twice", "with too few values", "but for two rows"],
)
def test_a_quantity_that_rises_or_falls_with_the_target_gives_it_away(
    values: list[int], answers: list[int], *, is_leak: bool
):
    target = Column(name="y", type="number", levels=(), values=np.array(answers) / 7)
    reason = refusal(numbers(map(float, values)), target, is_regression=True)
    assert reason == (LEAK if is_leak else "")


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([n % 30 for n in range(60)], "classification"),
        ([n % 31 for n in range(60)], "regression"),
        ([n % 2 + 0.5 for n in range(60)], "regression"),
        ([*range(60)], "classification"),
        ([*range(59), 60], "regression"),
    ],
    ids=["30 whole numbers", "31 whole numbers", "fractions", "the rows' numbers", "whole numbers"],
)
def test_more_than_30_whole_numbers_are_a_quantity_unless_they_number_the_rows(
    values: list[float], task: str
):
    is_whole = all(value % 1 == 0 for value in values)
    assert infer_task(numbers(values, "integer" if is_whole else "number")) == task


def test_a_target_of_30_whole_numbers_has_classes_and_one_of_31_is_continuous():
    check_target(numbers([n % 30 for n in range(150)], "integer"), 150)
    with pytest.raises(DataError, match="31 different whole numbers"):
        check_target(numbers([n % 31 for n in range(155)], "integer"), 155)
