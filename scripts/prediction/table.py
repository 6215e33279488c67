"""CSV table whose first line names the columns: its rows with their lines, and batches of them."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from service.batch.csv_header import separator_advice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


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
            TableError: There is none, or it is not CSV.
        """
        self._reader = csv.reader(lines, strict=True)
        self._next_line = 1
        first = next(self._read(), None)
        if first is None:
            raise TableError("it is empty; its first line must name the columns")
        self.header = [name.strip() for name in first.cells]

    def rows(self) -> Iterator[Row]:
        """Yield the rows; blank lines are none.

        Raises:
            TableError: A line is not CSV or not UTF-8.
        """
        yield from self._read()

    def select(self, columns: Sequence[str]) -> Callable[[Row], list[str]]:
        """Return the function that returns a row's cells of some columns; cells that are missing are empty.

        Raises:
            TableError: A column is missing or repeated in the first line.
        """
        for column in columns:
            if (count := self.header.count(column)) != 1:
                named = ",".join(self.header)[:100]
                advice = separator_advice(self.header, columns)
                raise TableError(
                    f"its first line must name each of {', '.join(columns)} once, but names {column} "
                    f"{'twice or more' if count else 'not at all'}: {named}{advice and '. ' + advice}"
                )
        indices = [self.header.index(column) for column in columns]
        return lambda row: [row.cells[index] if index < len(row.cells) else "" for index in indices]

    def _read(self) -> Iterator[Row]:
        try:
            for cells in self._reader:
                line, self._next_line = self._next_line, self._reader.line_num + 1
                if cells:
                    yield Row(line, cells)
        except csv.Error as error:
            raise TableError(f"line {self._next_line} is not CSV: {error}") from error
        except UnicodeDecodeError as error:
            raise TableError(f"it is not UTF-8 after line {self._next_line - 1}") from error


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
