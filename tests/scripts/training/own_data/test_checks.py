"""Checks of a target at their limits."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.training.own_data.checks import check_target
from scripts.training.own_data.column import Column
from scripts.training.own_data.csv_table import DataError


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
