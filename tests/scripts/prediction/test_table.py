"""Batches of lines of a table."""

from __future__ import annotations

import pytest

from scripts.prediction.table import batches

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
