"""Strict reader of batches: reads row by row and reports every fault of an invalid row.

Long batches take their time: the reader is a generator that yields now and then, so that an event loop can
serve other requests in between.
"""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, cast

from service.batch.csv_header import feature_columns
from service.batch.formats import BatchFormat
from service.batch.rows import BatchError, Fault, InvalidRow, ParsedRows, too_many_flowers
from service.http.input_echo import echo
from service.http.json_errors import json_error_detail
from service.model.flower import ALLOWED_LENGTH, FEATURES, Flower, LengthError, parse_length

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

ROWS_READ_PER_STEP: Final = 1_000
"""Number of rows read between two pauses: a few milliseconds."""

_AN_OBJECT: Final = f"a JSON object with {', '.join(FEATURES)}"


def read(body: bytes, form: BatchFormat, max_flowers: int) -> Generator[None, None, ParsedRows]:
    """Read every row.

    Raises:
        BatchError: The batch cannot be split into rows, or has more than `max_flowers`.
    """
    match form:
        case BatchFormat.JSON:
            checked_rows = _check_array(_parse_array(body, max_flowers))
        case BatchFormat.NDJSON:
            checked_rows = _check_lines(_split_lines(body))
        case BatchFormat.CSV:
            checked_rows = _check_csv(body)
    flowers: list[Flower] = []
    refused: list[InvalidRow] = []
    for row, checked in enumerate(checked_rows, 1):
        if row > max_flowers:
            raise too_many_flowers(max_flowers)
        if isinstance(checked, Flower):
            flowers.append(checked)
        else:
            refused.append(InvalidRow(row, checked))
        if row % ROWS_READ_PER_STEP == 0:
            yield
    return ParsedRows(flowers=flowers, refused=refused)


_CheckedRow = Flower | tuple[Fault, ...]
"""Flower of a valid row, or the faults of an invalid one."""


def _parse_array(body: bytes, max_flowers: int) -> list[Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BatchError(400, json_error_detail(error)) from error
    if not isinstance(parsed, list):
        allowed = f"a JSON array, each element {_AN_OBJECT}"
        raise BatchError(422, "The body is not a batch.", faults=(Fault("body", echo(parsed), allowed),))
    rows = cast("list[Any]", parsed)
    if len(rows) > max_flowers:
        raise too_many_flowers(max_flowers)
    return rows


def _check_array(rows: Iterable[object]) -> Iterator[_CheckedRow]:
    return map(_check_row, rows)


def _split_lines(body: bytes) -> list[str]:
    return [line for line in _decode(body).split("\n") if line.strip(" \t\r")]


def _check_lines(lines: Iterable[str]) -> Iterator[_CheckedRow]:
    for line in lines:
        try:
            parsed = json.loads(line)
        except (ValueError, RecursionError):
            yield (Fault("row", echo(line.rstrip("\r")), _AN_OBJECT),)
        else:
            yield _check_row(parsed)


def _check_csv(body: bytes) -> Iterator[_CheckedRow]:
    # Blank lines are no rows: they separate or end tables that people have written.
    reader = filter(None, csv.reader(StringIO(_decode(body), newline=""), strict=True))
    empty: list[str] = []
    try:
        header = next(reader, empty)
        indices = feature_columns(header)
        for cells in reader:
            if len(cells) > len(header):
                # A decimal comma, for example, splits a length in two: then none is in its column.
                allowed = f"{len(header)} cells, as in the first line"
                yield (Fault("row", f"{len(cells)} cells", allowed),)
            else:
                columns = zip(FEATURES, indices, strict=True)
                yield _check_row(
                    {name: cells[index].strip() for name, index in columns if index < len(cells)}
                )
    except csv.Error as error:
        raise BatchError(400, f"The body is not CSV: {error}.") from error


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchError(400, json_error_detail(error)) from error


def _check_row(parsed: object) -> _CheckedRow:
    if not isinstance(parsed, dict):
        return (Fault("row", echo(parsed), _AN_OBJECT),)
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
