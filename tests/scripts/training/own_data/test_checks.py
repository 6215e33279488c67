"""Checks of a target and of features at their limits."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scripts.training.own_data.checks import check_features, check_quantity, check_target, infer_task
from scripts.training.own_data.column import Column
from scripts.training.own_data.csv_dataset import split_names
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


# With five rows for each of its values, a column that decides the class is one that is known afterwards.
@pytest.mark.parametrize(
    ("values", "answers", "is_leak"),
    [
        ([n % 12 for n in range(60)], [n % 2 for n in range(60)], True),
        ([n % 12 for n in range(59)], [n % 12 % 2 for n in range(59)], False),
        ([n % 13 for n in range(60)], [n % 13 % 2 for n in range(60)], False),
        ([n % 12 for n in range(60)], [n % 2 for n in range(59)] + [0], False),
        # One interval for each class is enough, however many values there are.
        ([n * 3 for n in range(60)], [n // 30 for n in range(60)], True),
        ([n * 3 for n in range(60)], [n // 20 for n in range(60)], True),
        ([n * 3 for n in range(60)], [n // 20 % 2 for n in range(60)], False),
    ],
)
def test_a_column_that_separates_the_classes_gives_them_away(
    values: list[int], answers: list[int], *, is_leak: bool
):
    target = Column(name="y", type="integer", levels=(), values=np.array(answers, dtype=np.float64))
    feature = numbers(map(float, values), "integer")
    assert refusal(feature, target) == (LEAK if is_leak else "")
    assert refusal(feature, target, chosen=True) == ""


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


def targets(values: Iterable[float], kind: str = "number", **others: Any) -> Column:
    return replace(numbers(values, kind), name="y", **others)


NAN = math.nan


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        (targets([NAN, *[0.0, 1.0] * 30], "integer"), "The target y is missing in 1 row. Remove this row."),
        (
            targets([NAN, NAN, *[0.0, 1.0] * 30], "integer", missing_texts=("?", "NA")),
            "is missing in 2 rows ('?', 'NA'). Remove these rows, or write another text if that is a class.",
        ),
        (targets([7.0] * 60, "integer"), "The target y has only one value, so there is nothing to learn."),
        (targets([0.0] * 49, "integer"), "There are 49 rows, and training needs at least 50."),
    ],
)
def test_both_tasks_need_enough_rows_with_values_that_differ(target: Column, complaint: str):
    for check in (check_target, check_quantity):
        with pytest.raises(DataError) as raised:
            check(target, len(target.values))
        assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        (targets(n / 7 for n in range(60)), "The target y is continuous (60 different numbers)"),
        (targets(range(0, 120, 2), "integer"), "identifies the rows: 60 of 60 values differ."),
        # More than nine tenths of different values.
        (targets([*range(55), *range(5)], "integer"), "identifies the rows: 55 of 60 values differ."),
        (targets([*range(54), *range(6)], "integer"), "is continuous (54 different whole numbers)"),
    ],
)
def test_a_class_is_no_quantity_and_repeats(target: Column, complaint: str):
    with pytest.raises(DataError) as raised:
        check_target(target, len(target.values))
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        (of_classes(30, 30), "The target y holds texts, which are classes. Use --task classification."),
        (targets(range(60), "integer"), "The target y numbers the rows. Choose another column."),
        (targets([1e101, *range(59)]), "The target y has numbers beyond 1e+100"),
        (targets([-1e101, *range(59)]), "The target y has numbers beyond 1e+100"),
        (targets([1e-101, *[0.0] * 59]), "or that differ by less than 1e-100"),
    ],
)
def test_a_quantity_is_a_number_of_a_size_that_squares_can_hold(target: Column, complaint: str):
    with pytest.raises(DataError) as raised:
        check_quantity(target, 60)
    assert complaint in str(raised.value)


def test_a_quantity_may_be_as_large_as_a_square_root_of_the_largest_double_allows():
    check_quantity(targets([1e100, -1e100, *range(58)]), 60)
    check_quantity(targets([1e-100, *[0.0] * 59]), 60)
    check_quantity(targets([*range(59), 60], "integer"), 60)


# Whole numbers may be written as 1.0, which makes a column of numbers.
def test_classes_may_be_whole_numbers_with_a_decimal_point():
    assert infer_task(numbers([n % 3 for n in range(60)])) == "classification"
    check_target(numbers([n % 3 for n in range(60)]), 60)


def test_measurements_in_steps_of_one_do_not_number_the_rows():
    assert refusal(numbers(map(float, range(60))), classes(60)) == ""
    assert refusal(numbers(range(60), "integer"), classes(60)) == "numbers the rows."


def test_the_way_out_names_the_features_that_are_left_as_a_shell_takes_them():
    kept = [replace(numbers([n * 7 % 11 for n in range(60)]), name=name) for name in ("a", "b,c", "d's (cm)")]
    constant = replace(numbers([1.0] * 60), name="same")
    with pytest.raises(DataError) as raised:
        check_features([constant, *kept], classes(60), chosen=True)
    sentence = "Some columns can't be learned from: same is constant. Use --features "
    assert str(raised.value).startswith(sentence)
    (shown,) = shlex.split(str(raised.value).removeprefix(sentence))
    assert split_names(shown) == ["a", "b,c", "d's (cm)"]


@pytest.mark.parametrize("levels", [("$1", "$2"), ("2024-01-05", "2024-01-06")])
def test_a_target_of_amounts_or_dates_is_refused_for_both_tasks(levels: tuple[str, ...]):
    target = replace(of_classes(30, 30), levels=levels)
    for check in (check_target, check_quantity):
        with pytest.raises(DataError, match=r"^The target y holds (numbers with a sign|dates), such as "):
            check(target, 60)
    assert refusal(replace(target, name="x"), classes(60)).startswith("holds ")
