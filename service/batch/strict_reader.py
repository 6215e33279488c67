"""Strict reader of batches: reads row by row and reports every fault of an invalid row.

It is a generator that pauses every few milliseconds, so that an event loop can serve other requests, and that
stops at the first limit that the batch exceeds.
"""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Final, cast

from service.batch.csv_header import feature_columns
from service.batch.formats import BatchFormat
from service.batch.json_array import AN_OBJECT, array_elements
from service.batch.limits import (
    MAX_INVALID_ROWS,
    MAX_ROW_CHARACTERS,
    Pace,
    too_long_row,
    too_many_flowers,
    too_many_invalid_rows,
)
from service.batch.rows import BatchError, Fault, InvalidRow, ParsedRows
from service.http.input_echo import echo
from service.http.json_errors import json_error_detail
from service.model.flower import ALLOWED_LENGTH, FEATURES, Flower, LengthError, parse_length

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_CheckedRow = Flower | tuple[Fault, ...] | None
"""Flower of a valid row, the faults of an invalid one, or None for a blank line, which is no row."""

_LINE_END: Final = 2
"""Maximum length of the end of a line, which is not counted as part of a row."""


def read(body: bytes, form: BatchFormat, max_flowers: int) -> Generator[None, None, ParsedRows]:
    """Read every row.

    Raises:
        BatchError: The batch cannot be split into rows, has more than `max_flowers`, or more invalid or
            longer ones than allowed.
    """
    match form:
        case BatchFormat.JSON:
            checked_rows = map(_check_row, array_elements(body))
        case BatchFormat.NDJSON:
            checked_rows = _check_lines(body)
        case BatchFormat.CSV:
            checked_rows = _check_csv(body)
    flowers: list[Flower] = []
    refused: list[InvalidRow] = []
    row = 0
    pace = Pace()
    for checked in checked_rows:
        if pace.is_pause_due():
            yield
            pace.resume()
        if checked is None:
            continue
        row += 1
        if row > max_flowers:
            raise too_many_flowers(max_flowers)
        if isinstance(checked, Flower):
            flowers.append(checked)
        elif len(refused) < MAX_INVALID_ROWS:
            refused.append(InvalidRow(row, checked))
        else:
            raise too_many_invalid_rows(refused)
    return ParsedRows(flowers=flowers, refused=refused)


def _check_lines(body: bytes) -> Iterator[_CheckedRow]:
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
            yield (Fault("row", echo(line), f"up to {MAX_ROW_CHARACTERS} characters"),)
            continue
        try:
            parsed = json.loads(line)
        except (ValueError, RecursionError):
            yield (Fault("row", echo(line), AN_OBJECT),)
        else:
            yield _check_row(parsed)


def _check_csv(body: bytes) -> Iterator[_CheckedRow]:
    lines = _BoundedLines(_decode(body))
    reader = csv.reader(lines, strict=True)
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
                yield _check_cells(cells, header, indices)
            else:
                header, indices = cells, feature_columns(cells)
    except csv.Error as error:
        raise BatchError(400, f"The body is not CSV: {error}.") from error
    if not header:
        feature_columns(header)


class _BoundedLines:
    """Iterator of the lines of a CSV, which refuses a row that is too long before it is parsed."""

    def __init__(self, text: str) -> None:
        self._lines = StringIO(text, newline="")
        self.row = -1
        """Number of the last row that was read; 0 is the first line, which names the columns."""
        self.row_characters = 0
        """Number of characters of the next row that were read; a quoted cell can have line breaks."""

    def __iter__(self) -> _BoundedLines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.row_characters += len(line)
        if self.row_characters > MAX_ROW_CHARACTERS + _LINE_END:
            raise too_long_row(self.row + 1)
        return line


def _check_cells(cells: list[str], header: list[str], indices: list[int]) -> _CheckedRow:
    if len(cells) > len(header):
        # A decimal comma, for example, splits a length in two: then none is in its column.
        return (Fault("row", f"{len(cells)} cells", f"{len(header)} cells, as in the first line"),)
    columns = zip(FEATURES, indices, strict=True)
    return _check_row({name: cells[index].strip() for name, index in columns if index < len(cells)})


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchError(400, json_error_detail(error)) from error


def _check_row(parsed: object) -> _CheckedRow:
    if not isinstance(parsed, dict):
        return (Fault("row", echo(parsed), AN_OBJECT),)
    lengths: list[float] = []
    faults: list[Fault] = []
    row = cast("dict[str, object]", parsed)
    for feature in FEATURES:
        if feature not in row:
            faults.append(Fault(feature, None, ALLOWED_LENGTH))
            continue
        try:
            lengths.append(parse_length(row[feature]))
        except LengthError:
            faults.append(Fault(feature, echo(row[feature]), ALLOWED_LENGTH))
    return tuple(faults) if faults else Flower(*lengths)
