"""Strict reader of batches: reads row by row and reports every fault of an invalid row.

It is a generator that pauses every few milliseconds, so that an event loop can serve other requests, and that
stops at the first limit that the batch exceeds.
"""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Final, cast

from service.batch.csv_header import feature_columns, separator_advice
from service.batch.formats import BatchFormat
from service.batch.json_array import array_elements
from service.batch.limits import (
    MAX_INVALID_ROWS,
    MAX_ROW_CHARACTERS,
    Pace,
    too_long_row,
    too_many_invalid_rows,
    too_many_rows,
)
from service.batch.rows import BatchError, Fault, InvalidRow, ParsedRows
from service.http.agreement import noun_for
from service.http.input_echo import echo
from service.http.json_errors import json_error_detail
from service.model.feature import FeatureValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from service.model.definition import Definition
    from service.model.feature import Row

    _CheckedRow = Row | list[Fault] | None
    """Valid row, the faults of an invalid one, or None for a blank line, which is no row."""

_LINE_END: Final = 2
"""Maximum length of the end of a line, which is not counted as part of a row."""


class StrictReader:
    """Reader of the batches of one model."""

    def __init__(self, definition: Definition, on_out_of_range: Callable[[str], object]) -> None:
        """Create the reader; `on_out_of_range` receives the name of each feature out of its range."""
        self._definition = definition
        self._on_out_of_range = on_out_of_range

    def read(self, body: bytes, form: BatchFormat, max_rows: int) -> Generator[None, None, ParsedRows]:
        """Read every row.

        Raises:
            BatchError: The batch cannot be split into rows, has more than `max_rows`, or more invalid or
                longer ones than allowed.
        """
        match form:
            case BatchFormat.JSON:
                checked_rows = map(self.check_row, array_elements(body, self._definition.an_object))
            case BatchFormat.NDJSON:
                checked_rows = self._check_lines(body)
            case BatchFormat.CSV:
                checked_rows = self._check_csv(body)
        rows: list[Row] = []
        refused: list[InvalidRow] = []
        number = 0
        pace = Pace()
        for checked in checked_rows:
            if pace.is_pause_due():
                yield
                pace.resume()
            if checked is None:
                continue
            number += 1
            if number > max_rows:
                raise too_many_rows(max_rows, self._definition)
            if isinstance(checked, tuple):
                rows.append(checked)
            elif len(refused) < MAX_INVALID_ROWS:
                refused.append(InvalidRow(number, tuple(checked)))
            else:
                raise too_many_invalid_rows(refused, self._definition.task)
        return ParsedRows(flowers=rows, refused=refused)

    def _check_lines(self, body: bytes) -> Iterator[_CheckedRow]:
        text = _decode(body)
        start = 0
        while start <= len(text):
            end = text.find("\n", start)
            if end < 0:
                end = len(text)
            line = text[start:end].rstrip("\r")
            start = end + 1
            if not line.strip(" \t\r"):
                yield None
                continue
            if len(line) > MAX_ROW_CHARACTERS:
                yield [Fault("row", echo(line), f"up to {MAX_ROW_CHARACTERS} characters")]
                continue
            try:
                parsed = json.loads(line)
            except (ValueError, RecursionError):
                yield [Fault("row", echo(line), self._definition.an_object)]
            else:
                yield self.check_row(parsed)

    def _check_csv(self, body: bytes) -> Iterator[_CheckedRow]:
        lines = _BoundedLines(_decode(body))
        reader = csv.reader(lines, strict=True)
        names = self._definition.short_names
        header: list[str] = []
        indices: list[int] = []
        try:
            for cells in reader:
                lines.row_characters = 0
                if not cells:
                    # Blank lines are no rows: they separate or end tables that people have written.
                    yield None
                    continue
                lines.row += 1
                if header:
                    yield self._check_cells(cells, header, indices)
                else:
                    header, indices = cells, feature_columns(cells, names)
        except csv.Error as error:
            advice = "" if header else separator_advice([lines.first], names)
            raise BatchError(400, f"The body is not CSV: {error}. {advice}".rstrip()) from error
        if not header:
            feature_columns(header, names)

    def _check_cells(self, cells: list[str], header: list[str], indices: list[int]) -> _CheckedRow:
        if len(cells) > len(header):
            # A decimal comma, for example, splits a number in two: then none is in its column.
            return [
                Fault(
                    "row",
                    f"{len(cells)} {noun_for(len(cells), 'cell')}",
                    f"{len(header)} {noun_for(len(header), 'cell')}, as in the first line",
                )
            ]
        columns = zip(self._definition.short_names, indices, strict=True)
        return self.check_row({name: cells[index].strip() for name, index in columns if index < len(cells)})

    def check_row(self, parsed: object) -> Row | list[Fault]:
        """Return the row of a parsed object, or its faults."""
        if not isinstance(parsed, dict):
            return [Fault("row", echo(parsed), self._definition.an_object)]
        values: list[float] = []
        faults: list[Fault] = []
        row = cast("dict[str, object]", parsed)
        for feature in self._definition.features:
            name = feature.short_name
            if name not in row and not feature.optional:
                faults.append(Fault(name, None, feature.allowed))
                continue
            value = row.get(name)
            try:
                values.append(feature.parse(value))
            except FeatureValueError:
                faults.append(Fault(name, echo(value), feature.allowed))
                if feature.is_out_of_range(value):
                    self._on_out_of_range(name)
        return faults or tuple(values)


class _BoundedLines:
    """Iterator of the lines of a CSV, which refuses a row that is too long before it is parsed."""

    def __init__(self, text: str) -> None:
        self._lines = StringIO(text, newline="")
        self.row = -1
        """Number of the last row that was read; 0 is the first line, which names the columns."""
        self.row_characters = 0
        """Number of characters of the next row that were read; a quoted cell can have line breaks."""
        self.first = ""
        """First line that is not blank, as far as it was read."""

    def __iter__(self) -> _BoundedLines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.row_characters += len(line)
        if self.row_characters > MAX_ROW_CHARACTERS + _LINE_END:
            raise too_long_row(self.row + 1)
        self.first = self.first or line.strip()
        return line


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchError(400, json_error_detail(error)) from error
