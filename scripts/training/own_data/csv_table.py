"""A CSV file as a table of texts: encoding and separator detected, every other irregularity refused."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.console.encoding import text_encoding
from service.http.agreement import noun_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_FILE_BYTES: Final = 268_435_456
"""Maximum size of a file, 256 MiB: training holds several copies of it in memory."""

SEPARATORS: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
"""Separator -> its name. The comma is first: it wins where two divide the lines equally."""

_ANNOUNCEMENT: Final = re.compile(r"sep=(?P<separator>[,;\t|])\s*")
"""First line in which a spreadsheet announces the separator."""

SAMPLE_LINES: Final = 50
"""Number of lines that show the separator."""

_FIELD_LIMIT: Final = 131_072
"""Maximum characters of a value, the default of the csv module."""


class DataError(ValueError):
    """Training data can't be used; the message says why and names the way out."""


@dataclass(frozen=True, kw_only=True)
class CsvTable:
    """Header and rows of a CSV file."""

    name: str
    """Name of the file."""
    header: tuple[str, ...]
    rows: list[list[str]]
    """Values without surrounding whitespace, as many per row as the header has."""
    lines: list[int]
    """Line of the file in which each row ends."""
    separator: str
    notes: tuple[str, ...]
    """Sentences on how the file was read, if not as UTF-8 with commas."""

    def column(self, name: str) -> list[str]:
        """Return the values of a column."""
        index = self.header.index(name)
        return [row[index] for row in self.rows]


def read_csv(path: Path) -> CsvTable:
    """Read a CSV file with a header.

    Raises:
        DataError: It can't be read, or is not a table with one name per column.
    """
    text, notes = _decode(path.name, _read(path))
    lines_read = text[: _FIELD_LIMIT * 4].splitlines(keepends=True)[:SAMPLE_LINES]
    separator, skipped = find_separator(lines_read)
    if separator != ",":
        notes.append(f"{path.name} is separated by {SEPARATORS[separator].removeprefix('a ')}s.")
    text = text.removeprefix("".join(lines_read[:skipped]))
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            values = [value.strip() for value in row]
            if any(values):
                rows.append(values)
                lines.append(reader.line_num + skipped)
    except csv.Error as error:
        raise DataError(f"Line {reader.line_num + skipped} of {path.name} is not CSV: {error}.") from error
    if not rows:
        raise DataError(f"{path.name} is empty.")
    if len(rows) == 1:
        raise DataError(f"{path.name} has no rows below its first line.")
    header = tuple(map(column_name, rows[0]))
    _check_header(path.name, header)
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) != len(header):
            raise DataError(
                f"Line {line} of {path.name} has {len(row)} {noun_for(len(row), 'value')}, but its header "
                f"has {len(header)} {noun_for(len(header), 'name')} (separator: {SEPARATORS[separator]})."
            )
    return CsvTable(
        name=path.name,
        header=header,
        rows=rows[1:],
        lines=lines[1:],
        separator=separator,
        notes=tuple(notes),
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}.") from error
    if len(content) > MAX_FILE_BYTES:
        raise DataError(
            f"{path.name} has more than {MAX_FILE_BYTES // 2**20} MiB. Train on a random sample of its rows."
        )
    return content


def _decode(name: str, content: bytes) -> tuple[str, list[str]]:
    notes: list[str] = []
    encoding = text_encoding(content)
    if not encoding.startswith("utf-8"):
        notes.append(f"{name} is in {encoding[:6].upper()}.")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name} is not in UTF-8 (line {line}). Save it as UTF-8: in Excel, as 'CSV UTF-8'."
        ) from error
    if "\0" in text:
        raise DataError(f"{name} is not text: it holds a NUL character. Export it as CSV.")
    return text, notes


def column_name(cell: str) -> str:
    """Return the name in a cell of the first line: line breaks and other whitespace count as a space."""
    return " ".join(cell.split())


def find_separator(lines: Sequence[str]) -> tuple[str, int]:
    """Return the separator of a table that begins with some lines, and how many lines come before its header.

    It is the one that divides the lines into the most values, as many in each, unless the first line
    announces it: `sep=;` is no row, but an instruction to a spreadsheet.
    """
    if lines and (announced := _ANNOUNCEMENT.fullmatch(lines[0].removeprefix("\ufeff"))):
        return announced["separator"], 1
    best, most = ",", 1
    for separator in SEPARATORS:
        try:
            counts = [
                len(row) for row in csv.reader(lines, delimiter=separator, skipinitialspace=True) if row
            ]
        except csv.Error:
            continue
        # The header's count, if most lines have it: a ragged line is reported, and hides no separator.
        usual, frequency = Counter(counts).most_common(1)[0] if counts else (1, 0)
        if counts and usual == counts[0] > most and frequency * 2 > len(counts):
            best, most = separator, usual
    return best, 0


def _check_header(name: str, header: tuple[str, ...]) -> None:
    if nameless := [str(index) for index, column in enumerate(header, 1) if not column]:
        raise DataError(
            f"The first line of {name} must name every column; column {', '.join(nameless)} has no name."
        )
    if repeated := [column for column, count in Counter(header).items() if count > 1]:
        raise DataError(f"{name} has several columns {', '.join(repeated)}. Rename all but one of each.")
    if all(_is_number(column) for column in header):
        raise DataError(
            f"The first line of {name} holds numbers; it must hold the names of the columns. Add such a line."
        )


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
