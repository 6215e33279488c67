"""Predictions in the formats of `iris predict`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scripts.prediction.output import PredictionOutput, fault_text
from scripts.prediction.table import Row

if TYPE_CHECKING:
    from scripts.prediction.answers import Entry


def test_values_of_a_regression_are_counted_together_and_written_with_all_digits():
    written: list[str] = []
    output = PredictionOutput("csv", ["age"], written.append)
    for line, value in enumerate([152.13348416289594, 7.5], 2):
        output.add(Row(line, [str(line)]), {"progression": value})
    assert output.counts == {"values": 2}
    assert "".join(written) == "age,progression,error\n2,152.13348416289594,\n3,7.5,\n"


def written_as(form: str, header: list[str], *entries: Entry) -> str:
    """Return the output of entries for rows with a cell each."""
    written: list[str] = []
    output = PredictionOutput(form, header, written.append)
    for line, entry in enumerate(entries, 2):
        output.add(Row(line, [str(line)]), entry)
    output.end()
    return "".join(written)


REFUSED: Entry = {"errors": [{"field": "age", "given": "x", "allowed": "a number"}]}
FAULT = "\"age is 'x', but must be a number\""


def test_a_column_that_the_file_has_already_gets_another_name_in_the_output():
    assert written_as("csv", ["specie"], {"specie": "a"}) == "specie,predicted_specie,error\n2,a,\n"
    assert written_as("csv", ["error"], {"specie": "a"}) == "error,specie,predicted_error\n2,a,\n"


# The name of the column comes with the first answer, and the order of the rows stays.
def test_rows_that_are_refused_before_the_first_answer_keep_their_place():
    assert written_as("csv", ["x"], REFUSED, {"specie": "a"}) == f"x,specie,error\n2,,{FAULT}\n3,a,\n"
    assert written_as("csv", ["x"], REFUSED) == f"x,prediction,error\n2,,{FAULT}\n"


@pytest.mark.parametrize(
    ("form", "text"), [("csv", "x,prediction,error\n"), ("json", "[]\n"), ("ndjson", "")]
)
def test_an_output_without_rows_is_valid_in_its_format(form: str, text: str):
    assert written_as(form, ["x"]) == text


def test_json_is_an_array_of_objects_with_their_lines():
    text = written_as("json", ["x"], {"row": 1, "specie": "a"}, {"row": 2, "specie": "b"})
    assert json.loads(text) == [{"line": 2, "specie": "a"}, {"line": 3, "specie": "b"}]


@pytest.mark.parametrize(("rows", "omitted"), [(1_000, 0), (1_003, 3)])
def test_a_table_shows_a_thousand_rows_and_counts_the_others(rows: int, omitted: int):
    output = PredictionOutput("table", ["x"], print)
    for line in range(2, rows + 2):
        output.add(Row(line, ["1"]), REFUSED if line == 2 else {"specie": "a"})
    table = output.end()
    assert table is not None
    assert (table.row_count, output.omitted) == (1_000, omitted)
    assert (output.counts, output.refused) == ({"a": rows - 1}, 1)


def test_a_row_with_other_cells_than_columns_has_one_in_each_column():
    written: list[str] = []
    output = PredictionOutput("csv", ["a", "b"], written.append)
    for line, cells in ((2, ["1"]), (3, ["1", "2", "3"])):
        output.add(Row(line, cells), {"specie": "x"})
    assert "".join(written) == "a,b,specie,error\n1,,x,\n1,2,x,\n"


def test_a_table_has_the_line_the_cells_and_the_answer_of_each_row():
    output = PredictionOutput("table", ["a", "b"], print)
    for line, cells, entry in ((2, ["1"], {"specie": "x"}), (5, ["1", "2", "3"], REFUSED)):
        output.add(Row(line, cells), entry)
    table = output.end()
    assert table is not None
    assert [column.header for column in table.columns] == ["line", "a", "b", "specie"]
    cells = [list(column.cells) for column in table.columns]
    assert cells == [["2", "5"], ["1", "1"], ["", "2"], ["x", "-"]]


def test_the_faults_of_a_row_are_one_line_and_a_missing_value_is_called_so():
    faults = [
        {"field": "age", "given": "x", "allowed": "a number"},
        {"field": "pl", "allowed": "from 0 to 9"},
        {"field": "pw", "given": 0, "allowed": "from 1 to 9"},
    ]
    assert fault_text({"errors": faults}) == (
        "age is 'x', but must be a number; pl is missing, but must be from 0 to 9; "
        "pw is 0, but must be from 1 to 9"
    )
    assert fault_text({"specie": "x"}) == ""
