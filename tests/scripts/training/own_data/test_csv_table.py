"""CSV files are read strictly: what is detected is said, what is irregular is refused with its place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from scripts.training.own_data import csv_table
from scripts.training.own_data.column import read_column
from scripts.training.own_data.csv_table import DataError, read_csv

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("separator", "said"),
    [
        (",", ()),
        (";", ("data.csv is separated by semicolons.",)),
        ("\t", ("data.csv is separated by tabs.",)),
        ("|", ("data.csv is separated by vertical bars.",)),
    ],
)
def test_the_separator_is_detected_and_said_if_it_is_no_comma(
    separator: str, said: tuple[str, ...], tmp_path: Path
):
    lines = [["a", "b c", "d"], ["1", " 2 ", "x"], ["3", "4", '"y, z; w|v\tu"']]
    table = read_csv(write(tmp_path, "\r\n".join(map(separator.join, lines)) + "\r\n\r\n"))
    assert table.header == ("a", "b c", "d")
    assert table.rows == [["1", "2", "x"], ["3", "4", "y, z; w|v\tu"]]
    assert table.notes == said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_are_no_part_of_the_first_name(encoding: str, tmp_path: Path):
    table = read_csv(write(tmp_path, "größe,b\n1,2\n".encode(encoding)))
    assert table.header == ("größe", "b")
    assert table.notes == (("data.csv is in UTF-16.",) if encoding == "utf-16" else ())


def test_a_spreadsheets_announcement_of_the_separator_is_no_row(tmp_path: Path):
    table = read_csv(write(tmp_path, "\ufeffsep=;\r\na;b\r\n1;2,5\r\n"))
    assert (table.header, table.rows, table.lines) == (("a", "b"), [["1", "2,5"]], [3])
    assert table.notes == ("data.csv is separated by semicolons.",)


def test_whitespace_around_values_and_line_breaks_in_names_are_no_part_of_them(tmp_path: Path):
    table = read_csv(write(tmp_path, '"a", "b\n(cm)"\n1, "x, y"\n'))
    assert (table.header, table.rows) == (("a", "b (cm)"), [["1", "x, y"]])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "data.csv is empty."),
        ("a,b\n", "data.csv has no rows below its first line."),
        ("a,b,a\n1,2,3\n", "data.csv has several columns a. Rename all but one of each."),
        ("a,,c,\n1,2,3,4\n", "column 2, 4 has no name"),
        ("1.5,2,3\n1,2,3\n", "The first line of data.csv holds numbers"),
        ("a,b\n1,2\n3\n", "Line 3 of data.csv has 1 value, but its header has 2 names"),
        ("sep=;\na;b\n1;2\n3\n", "Line 4 of data.csv has 1 value, but its header has 2 names"),
        ('sep=;\na;b\n1;"2\n', "Line 3 of data.csv is not CSV"),
        ('a,b\n1,"2\n', "Line 2 of data.csv is not CSV"),
        ("a,b\n1,ä\n".encode("latin-1"), "data.csv is not in UTF-8 (line 2). Save it as UTF-8"),
        (b"a,b\n1,\0\n", "it holds a NUL character"),
    ],
)
def test_an_irregular_file_is_refused_with_its_place(content: str | bytes, complaint: str, tmp_path: Path):
    with pytest.raises(DataError) as raised:
        read_csv(write(tmp_path, content))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_may_have_the_maximum_of_bytes_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = write(tmp_path, "a,b\n1,2\n")
    monkeypatch.setattr(csv_table, "MAX_FILE_BYTES", file.stat().st_size)
    assert read_csv(file).rows == [["1", "2"]]
    monkeypatch.setattr(csv_table, "MAX_FILE_BYTES", file.stat().st_size - 1)
    with pytest.raises(DataError, match="Train on a random sample of its rows"):
        read_csv(file)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="No such file or directory"):
        read_csv(tmp_path / "data.csv")


@pytest.mark.parametrize(
    ("values", "kind", "numbers"),
    [
        (["1", "-2", "+3"], "integer", [1, -2, 3]),
        (["1", "2.5", "1e3"], "number", [1, 2.5, 1000]),
        (["1,5", "2", "-0,25"], "number", [1.5, 2, -0.25]),
        (["red", "blue", "red"], "category", [1, 0, 1]),
        # 2**53 - 1 is the last integer whose neighbours are doubles as well (IEEE 754).
        (["9007199254740991", "1", "2"], "integer", [9007199254740991, 1, 2]),
        (["9007199254740993", "1", "2"], "number", [9007199254740992, 1, 2]),
    ],
)
def test_types_are_inferred_from_every_value(
    values: list[str], kind: str, numbers: list[float], tmp_path: Path
):
    table = read_csv(write(tmp_path, "\n".join(["a;b", *(f"{value};0" for value in values)])))
    column = read_column(table, "a")
    assert (column.type, column.values.tolist()) == (kind, numbers)
    assert column.has_decimal_comma is ("1,5" in values)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        (["1", "2", "x"], "Column a holds numbers, but 'x' in line 4"),
        (["1", "x", "2", "y"], "Column a holds numbers, but 'x' in line 3"),
        (["1,234", "5", "6,789"], "1,234 is 1.234 with a decimal comma, or 1234 with one for thousands"),
        (["1", "1e999", "2"], "beyond every double"),
        (["", "NA", "?"], "Column a is empty"),
    ],
)
def test_a_column_of_unclear_type_is_refused(values: list[str], complaint: str, tmp_path: Path):
    table = read_csv(write(tmp_path, "\n".join(["a;b", *(f"{value};0" for value in values)])))
    with pytest.raises(DataError) as raised:
        read_column(table, "a")
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        (["0", "10"], (0, 15)),  # what was never negative stays so
        (["-10", "10"], (-20, 20)),
        (["11.03", "14.83"], (9, 17)),
        (["0.1", "0.3"], (0, 0.4)),
        (["7", "7"], (3, 11)),
    ],
)
def test_the_allowed_range_is_half_a_range_wider_in_round_numbers(
    values: list[str], allowed: tuple[float, float], tmp_path: Path
):
    table = read_csv(write(tmp_path, "\n".join(["a;b", *(f"{value};0" for value in values)])))
    assert read_column(table, "a").allowed_range() == allowed


# Classes are named as in the file; numbers in their usual form need no text.
@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["1", "2", "1"], {}),
        (["01", "02", "01"], {1: "01", 2: "02"}),
        (["+1", "-1", "NA"], {1: "+1", -1: "-1"}),
        (["1", "1.0", "2"], {}),
        (["1.0", "2.5"], {1: "1.0"}),
    ],
)
def test_whole_numbers_that_are_always_written_in_another_way_keep_their_texts(
    values: list[str], texts: dict[float, str], tmp_path: Path
):
    table = read_csv(write(tmp_path, "\n".join(["a;b", *(f"{value};0" for value in values)])))
    assert read_column(table, "a").texts == texts


def test_missing_values_are_counted_and_their_texts_kept(tmp_path: Path):
    table = read_csv(write(tmp_path, "a;b\n" + "".join(f"{it};0\n" for it in ("1", "NA", "?", "3", "?"))))
    column = read_column(table, "a")
    assert (column.missing, column.missing_texts, column.type) == (3, ("?", "NA"), "integer")
    assert (column.present.tolist(), column.distinct, column.training_range()) == ([1, 3], 2, (1, 3))


@pytest.mark.parametrize("text", ["", "?", "-", "NA", "na", "N/A", "NaN", "null", "NULL", "None"])
def test_a_missing_value_is_written_in_these_ways_in_any_case(text: str, tmp_path: Path):
    for others in (("1", "2.5"), ("red", "blue")):
        rows = "".join(f"{it};0\n" for it in (others[0], text, others[1]))
        column = read_column(read_csv(write(tmp_path, f"a;b\n{rows}")), "a")
        assert (column.missing, column.missing_texts) == (1, (text,))
        assert math.isnan(column.values[1])


@pytest.mark.parametrize("text", ["none at all", "--", "n.a.", "0"])
def test_any_other_text_is_a_level(text: str, tmp_path: Path):
    rows = "".join(f"{it};0\n" for it in ("red", text, "blue"))
    column = read_column(read_csv(write(tmp_path, f"a;b\n{rows}")), "a")
    assert (column.levels, column.missing) == (tuple(sorted(("red", text, "blue"))), 0)
