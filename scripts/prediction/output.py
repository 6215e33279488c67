"""Output of predictions: a table for people, CSV, NDJSON or a JSON array, written as they come."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table as RichTable

from scripts.prediction.table import csv_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.prediction.answers import Entry
    from scripts.prediction.table import Row

FORMATS: Final = ("table", "csv", "ndjson", "json")

VALUES: Final = "values"
"""Key of the values of a regression among the counts of classes."""

MAXIMUM_TABLE_ROWS: Final = 1_000
"""Maximum rows of a table; people read no more, and each takes memory until the end."""


class PredictionOutput:
    """Predictions in one format; `counts` has the number of rows of each class, or of values."""

    def __init__(self, form: str, header: Sequence[str], write: Callable[[str], object]) -> None:
        """Create the output of one file.

        Args:
            form: One of `FORMATS`.
            header: Names of the file's columns.
            write: Receives text.
        """
        self._form = form
        self._header = header
        self._write = write
        self._key: str | None = None
        self._held: list[tuple[Row, Entry]] = []
        self._shown: list[tuple[Row, Entry]] = []
        self._written = 0
        self.counts: Counter[str] = Counter()
        self.refused = 0
        """Number of rows that could not be predicted."""

    def add(self, row: Row, entry: Entry) -> None:
        """Add the answer to a row."""
        if "errors" in entry:
            self.refused += 1
        else:
            self._key = self._key or next(iter(entry))
            answer = entry[self._key]
            self.counts[answer if isinstance(answer, str) else VALUES] += 1
        if self._form == "table":
            if len(self._shown) < MAXIMUM_TABLE_ROWS:
                self._shown.append((row, entry))
        elif self._form == "csv" and self._key is None:
            self._held.append((row, entry))  # the name of the new column is not known yet
        else:
            self._write_held()
            self._write_row(row, entry)

    def end(self) -> RichTable | None:
        """Write the rest; return the table, if that is the format."""
        match self._form:
            case "table":
                return self._table()
            case "json":
                self._write("\n]\n" if self._written else "[]\n")
            case "csv":
                self._write_held()
                if not self._written:
                    self._write_header()
            case _:
                pass  # NDJSON has no end
        return None

    @property
    def omitted(self) -> int:
        """Number of rows that the table does not show."""
        return self.counts.total() + self.refused - len(self._shown) if self._form == "table" else 0

    def _write_held(self) -> None:
        held, self._held = self._held, []
        for row, entry in held:
            self._write_row(row, entry)

    def _write_row(self, row: Row, entry: Entry) -> None:
        if self._form == "csv":
            if not self._written:
                self._write_header()
            cells = [*row.cells, *[""] * (len(self._header) - len(row.cells))][: len(self._header)]
            self._write(csv_line([*cells, self._answer(entry), fault_text(entry)]))
        else:
            line = {"line": row.line, **{key: value for key, value in entry.items() if key != "row"}}
            text = json.dumps(line, ensure_ascii=False)
            if self._form == "ndjson":
                self._write(f"{text}\n")
            else:
                self._write(f"{',' if self._written else '['}\n{text}")
        self._written += 1

    def _write_header(self) -> None:
        self._write(csv_line([*self._header, self._column, _free_name("error", self._header)]))

    @property
    def _column(self) -> str:
        return _free_name(self._key or "prediction", self._header)

    def _answer(self, entry: Entry) -> str:
        return "" if self._key is None else str(entry.get(self._key, ""))

    def _table(self) -> RichTable:
        table = RichTable("line", *self._header, self._column, box=box.SIMPLE_HEAD)
        for row, entry in self._shown:
            cells = [*row.cells, *[""] * (len(self._header) - len(row.cells))][: len(self._header)]
            table.add_row(str(row.line), *cells, self._answer(entry) or "-")
        return table


def fault_text(entry: Entry) -> str:
    """Return what is wrong with a row in one line; nothing for a row that was predicted."""
    return "; ".join(
        f"{fault['field']} is {'missing' if fault.get('given') is None else repr(fault['given'])}, "
        f"but must be {fault['allowed']}"
        for fault in entry.get("errors", [])
    )


def _free_name(name: str, header: Sequence[str]) -> str:
    """Return a column's name, changed if the file has that column already."""
    return f"predicted_{name}" if name in header else name
