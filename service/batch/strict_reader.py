"""Reads a batch row by row, and says of each row that cannot be answered what is wrong with it.

Long ones take their time: the readers are generators that yield now and then, so that whoever has others to
serve can do so in between.
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

ROWS_AT_ONCE: Final = 1_000
"""After so many rows there is a chance to do something else: a few milliseconds."""

_AN_OBJECT: Final = f"a JSON object with {', '.join(FEATURES)}"


def read(body: bytes, form: BatchFormat, most: int) -> Generator[None, None, ParsedRows]:
    """Read every row.

    Raises:
        BatchError: the batch cannot be taken apart into rows, or has more than `most` of them.
    """
    match form:
        case BatchFormat.JSON:
            checked = _checked_array(_array(body, most))
        case BatchFormat.NDJSON:
            checked = _checked_lines(_lines(body))
        case BatchFormat.CSV:
            checked = _checked_table(body)
    flowers: list[Flower] = []
    refused: list[InvalidRow] = []
    for row, result in enumerate(checked, 1):
        if row > most:
            raise too_many_flowers(most)
        if isinstance(result, Flower):
            flowers.append(result)
        else:
            refused.append(InvalidRow(row, result))
        if row % ROWS_AT_ONCE == 0:
            yield
    return ParsedRows(flowers=flowers, refused=refused)


_Checked = Flower | tuple[Fault, ...]
"""What is in a row: a flower, or what is wrong."""


def _array(body: bytes, most: int) -> list[Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BatchError(400, json_error_detail(error)) from error
    if not isinstance(given, list):
        allowed = f"a JSON array, each element {_AN_OBJECT}"
        raise BatchError(422, "The body holds no batch.", faults=(Fault("body", echo(given), allowed),))
    rows = cast("list[Any]", given)
    if len(rows) > most:
        raise too_many_flowers(most)
    return rows


def _checked_array(rows: Iterable[object]) -> Iterator[_Checked]:
    return map(_check, rows)


def _lines(body: bytes) -> list[str]:
    return [line for line in _text(body).split("\n") if line.strip(" \t\r")]


def _checked_lines(lines: Iterable[str]) -> Iterator[_Checked]:
    for line in lines:
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            yield (Fault("row", echo(line.rstrip("\r")), _AN_OBJECT),)
        else:
            yield _check(given)


def _checked_table(body: bytes) -> Iterator[_Checked]:
    # Blank lines are no rows: they part or end tables that people have written.
    reader = filter(None, csv.reader(StringIO(_text(body), newline=""), strict=True))
    nothing: list[str] = []
    try:
        header = next(reader, nothing)
        places = feature_columns(header)
        for cells in reader:
            if len(cells) > len(header):
                # As where a decimal comma has parted a length in two: then none is where it should be.
                allowed = f"{len(header)} cells, as the first line has"
                yield (Fault("row", f"{len(cells)} cells", allowed),)
            else:
                named = zip(FEATURES, places, strict=True)
                yield _check({name: cells[place].strip() for name, place in named if place < len(cells)})
    except csv.Error as error:
        raise BatchError(400, f"The body is not CSV: {error}.") from error


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchError(400, json_error_detail(error)) from error


def _check(given: object) -> _Checked:
    if not isinstance(given, dict):
        return (Fault("row", echo(given), _AN_OBJECT),)
    lengths: list[float] = []
    faults: list[Fault] = []
    row = cast("dict[str, object]", given)
    for feature in FEATURES:
        if feature not in row:
            faults.append(Fault(feature, None, ALLOWED_LENGTH))
            continue
        try:
            lengths.append(parse_length(row[feature]))
        except LengthError:
            faults.append(Fault(feature, echo(row[feature]), ALLOWED_LENGTH))
    return tuple(faults) if faults else Flower(*lengths)
