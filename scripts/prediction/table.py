"""CSV table whose first line names the columns: its rows with their lines, and batches of them."""

from __future__ import annotations

import csv
from io import StringIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from scripts.console.encoding import printable
from scripts.prediction.columns import find_columns, read_cell
from scripts.training.own_data.csv_table import SAMPLE_LINES, column_name, find_separator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from service.model.feature import Feature


MAX_NAMES: Final = 100
"""Maximum characters of the names of columns in an error."""

_NOT_UTF_8: Final = "it is not UTF-8; save it as UTF-8: in Excel, as 'CSV UTF-8'"

_NOT_TEXT: Final = "it is not text: it holds a NUL character; export it as CSV"


class TableError(Exception):
    """A file is not a table of the expected columns; the message is one line."""


class Row(NamedTuple):
    """Row of a table."""

    line: int
    """Number of its first line in the file, from 1."""
    cells: list[str]


class Table:
    """Table that is read row by row."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the names of the columns from the first line that is not blank.

        Raises:
            TableError: There is none, or it is no text or not CSV.
        """
        following = iter(lines)
        self._next_line = 1
        try:
            sample = list(islice(following, SAMPLE_LINES))
        except UnicodeDecodeError as error:
            raise TableError(_NOT_UTF_8) from error
        if any("\0" in line for line in sample):
            raise TableError(_NOT_TEXT)
        self.separator, self._skipped = find_separator(sample)
        self._next_line += self._skipped
        self._reader = csv.reader(
            chain(sample[self._skipped :], following),
            delimiter=self.separator,
            skipinitialspace=True,
            strict=True,
        )
        first = next(self._read(), None)
        if first is None:
            raise TableError("it is empty; its first line must name the columns")
        self.header = list(map(column_name, first.cells))

    def rows(self) -> Iterator[Row]:
        """Yield the rows; blank lines are none.

        Raises:
            TableError: A line is not CSV or not UTF-8.
        """
        yield from self._read()

    def select(self, features: Sequence[Feature]) -> Callable[[Row], list[str]]:
        """Return the function that returns a row's cells of some features; cells that are missing are empty.

        Raises:
            TableError: A column is missing or repeated in the first line.
        """
        found = find_columns(self.header, features)
        for feature, places in zip(features, found, strict=True):
            if len(places) != 1:
                names = ", ".join(each.short_name for each in features)
                raise TableError(
                    f"its first line must name each of {_shortened(names)} once, but names "
                    f"{feature.short_name} {'twice or more' if places else 'not at all'}: "
                    f"{_shortened(printable(self.separator.join(self.header)))}"
                )
        columns = [(places[0], feature) for places, feature in zip(found, features, strict=True)]
        return lambda row: [
            read_cell(row.cells[place], feature, self.separator) if place < len(row.cells) else ""
            for place, feature in columns
        ]

    def _read(self) -> Iterator[Row]:
        try:
            for cells in self._reader:
                line, self._next_line = self._next_line, self._reader.line_num + self._skipped + 1
                if cells:
                    yield Row(line, cells)
        except csv.Error as error:
            raise TableError(f"line {self._next_line} is not CSV: {error}") from error
        except UnicodeDecodeError as error:
            raise TableError(f"it is not UTF-8 after line {self._next_line - 1}") from error


def _shortened(names: str) -> str:
    return names if len(names) <= MAX_NAMES else f"{names[: MAX_NAMES - 3]}..."


def csv_line(cells: Sequence[str]) -> str:
    """Return a line of CSV (RFC 4180), which ends with a line feed."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def batches(lines: Iterable[str], *, rows: int, size: int) -> Iterator[list[str]]:
    """Yield lists of lines, each with a maximum number of lines and of bytes; a longer line is on its own."""
    batch: list[str] = []
    filled = 0
    for line in lines:
        length = len(line.encode())
        if batch and (len(batch) == rows or filled + length > size):
            yield batch
            batch, filled = [], 0
        batch.append(line)
        filled += length
    if batch:
        yield batch
