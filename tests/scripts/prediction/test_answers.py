"""Entries of all rows of a batch, also if none of them is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.prediction.answers import AllRowsInvalidError, Entry, PredictionError, answer_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.model.feature import Feature


class Refusing:
    """Predictor that takes no row, and returns the errors of the first ones only, as a service does."""

    features: Sequence[Feature] | None = None
    maximum_rows = 1_000
    maximum_bytes = 8_000

    def __init__(self, reported: int) -> None:
        self.reported = reported
        self.sizes: list[int] = []

    def answer(self, header: str, lines: Sequence[str]) -> list[Entry]:
        assert header == "x\n"
        self.sizes.append(len(lines))
        raise AllRowsInvalidError([{"errors": [{"field": line}]} for line in lines[: self.reported]])


# A response reports the errors of 100 rows (the API's description, `errors`).
@pytest.mark.parametrize(
    ("rows", "asked"),
    [(1, [1]), (100, [100]), (101, [101, 100, 1]), (250, [250, 100, 100, 50])],
)
def test_rows_whose_errors_are_not_reported_are_asked_again_by_the_hundred(rows: int, asked: list[int]):
    lines = [f"{number}\n" for number in range(rows)]
    predictor = Refusing(100)
    entries = answer_all(predictor, "x\n", lines)
    assert [entry["errors"][0]["field"] for entry in entries] == lines
    assert predictor.sizes == asked


def test_a_service_that_reports_too_few_errors_is_not_asked_for_ever():
    with pytest.raises(PredictionError, match="errors of a batch's rows are missing"):
        answer_all(Refusing(99), "x\n", ["1\n"] * 100)
