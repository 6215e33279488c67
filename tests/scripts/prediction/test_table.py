"""Rows of a table, and batches of its lines."""

from __future__ import annotations

import pytest

from scripts.prediction.table import Row, Table, TableError, batches
from service.model.feature import Feature

LINES = ["aaa\n", "bbb\n", "ñ\n", "a long line\n"]


@pytest.mark.parametrize(
    ("rows", "size", "lengths"),
    [
        (4, 23, [4]),
        (4, 22, [3, 1]),
        (4, 8, [2, 1, 1]),
        (4, 7, [1, 2, 1]),
        (4, 6, [1, 1, 1, 1]),
        (4, 1, [1, 1, 1, 1]),
        (3, 23, [3, 1]),
        (1, 23, [1, 1, 1, 1]),
    ],
)
def test_a_batch_has_as_many_lines_as_fit_and_a_longer_line_is_on_its_own(
    rows: int, size: int, lengths: list[int]
):
    found = list(batches(LINES, rows=rows, size=size))
    assert [line for batch in found for line in batch] == LINES
    assert [len(batch) for batch in found] == lengths


def test_a_row_has_the_number_of_its_first_line_and_blank_lines_are_no_rows():
    lines = ["\n", 'a, "b"\n', '1, "x\n', 'y"\n', "\n", "2,z,3\n", "4"]
    table = Table(lines)
    assert table.header == ["a", "b"]
    assert list(table.rows()) == [Row(3, ["1", "x\ny"]), Row(6, ["2", "z", "3"]), Row(7, ["4"])]


def test_an_announced_separator_is_a_line_but_no_row():
    table = Table(["sep=;\n", "a;b\n", "1,5;x\n"])
    assert (table.separator, table.header) == (";", ["a", "b"])
    assert list(table.rows()) == [Row(3, ["1,5", "x"])]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (['"a,b\n'], "line 1 is not CSV"),
        (["sep=,\n", '"a,b\n'], "line 2 is not CSV"),
        (["a,b\n", "1,2\n", '3,"4\n', "5,6\n"], "line 3 is not CSV"),
        (["a,b\n", "1\0,2\n"], "it is not text"),
        ([], "it is empty; its first line must name the columns"),
        (["\n", "\n"], "it is empty"),
    ],
)
def test_a_line_that_is_not_csv_is_named(lines: list[str], complaint: str):
    with pytest.raises(TableError, match=complaint):
        list(Table(lines).rows())


def test_a_row_s_cells_are_those_of_the_features_in_their_order_and_missing_ones_are_empty():
    features = [Feature(name=name, short_name=name, minimum=0, maximum=9) for name in ("b", "a")]
    table = Table(["a;x;b\n", "1;;+2,5\n", "3\n"])
    select = table.select(features)
    assert [select(row) for row in table.rows()] == [["2.5", "1"], ["", "3"]]
    twice = Table(["a,b,a\n"])
    with pytest.raises(TableError, match="must name each of b, a once, but names a twice or more: a,b,a"):
        twice.select(features)
    without = Table(["a\n"])
    with pytest.raises(TableError, match="must name each of b, a once, but names b not at all: a"):
        without.select(features)
