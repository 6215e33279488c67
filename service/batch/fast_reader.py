"""Fast reader of batches without errors, which nearly all are: msgspec decodes and validates them.

Everything unusual, valid or not, is left to the strict reader, which is authoritative: this one returns the
same flowers or None. It reads pieces that are no longer than the longest row allowed, so that no row in them
is too long and none takes more than a millisecond or two.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Annotated, Final, cast

import msgspec

from service.batch.csv_header import feature_columns
from service.batch.formats import BatchFormat
from service.batch.limits import MAX_ROW_CHARACTERS, Pace, too_many_flowers
from service.model.flower import MAX_CENTIMETRES

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from service.model.flower import Flower

_BLANK: Final = b" \t\n\r"
"""Whitespace of JSON (RFC 8259, 2), which is less than that of bytes.strip()."""

_Length = Annotated[float, msgspec.Meta(ge=0, le=MAX_CENTIMETRES)]
"""Number, or its text in the notation of JSON: msgspec accepts less than the service does."""


# Unknown fields are forbidden, because msgspec would not check that their values are well-formed.
class _Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    pl: _Length
    pw: _Length
    sl: _Length
    sw: _Length


class _UnusualError(ValueError):
    """The batch is left to the strict reader."""


_array_decoder: Final = msgspec.json.Decoder(list[_Row], strict=False)
_line_decoder: Final = msgspec.json.Decoder(_Row, strict=False)


def read(body: bytes, form: BatchFormat, max_flowers: int) -> Generator[None, None, list[Flower] | None]:
    """Return the flowers, or None to leave the batch to the strict reader.

    Raises:
        BatchError: The first line of a CSV does not name the columns, or there are more than `max_flowers`.
    """
    match form:
        case BatchFormat.JSON:
            pieces = _read_array(body)
        case BatchFormat.NDJSON:
            pieces = _read_lines(body)
        case BatchFormat.CSV:
            pieces = _read_csv(body)
    flowers: list[Flower] = []
    pace = Pace()
    try:
        for piece in pieces:
            flowers += piece
            if len(flowers) > max_flowers:
                raise too_many_flowers(max_flowers)
            if pace.is_pause_due():
                yield
                pace.resume()
    except (ValueError, csv.Error, RecursionError):
        return None
    return flowers


def _to_flowers(rows: list[_Row]) -> list[Flower]:
    # Plain tuples: creating a named tuple for each would take longer than all the rest, and no name is read.
    return cast("list[Flower]", [(row.pl, row.pw, row.sl, row.sw) for row in rows])


def _read_array(body: bytes) -> Iterator[list[Flower]]:
    # As no object contains another, and no length a brace, an object ends before each "},". A piece that was
    # cut elsewhere ends within a string, and cannot be decoded.
    array = body.strip(_BLANK)
    if array[:1] != b"[" or array[-1:] != b"]":
        raise _UnusualError
    start, end = 1, len(array) - 1
    while end - start > MAX_ROW_CHARACTERS:
        cut = _cut(array, b"},", start) + 1
        rows = _array_decoder.decode(b"[%b]" % array[start:cut])
        yield _to_flowers(rows)
        start = cut + 1
    rows = _array_decoder.decode(b"[%b]" % array[start:end])
    if not rows and start > 1:
        raise _UnusualError  # a comma is the last character of the array
    yield _to_flowers(rows)


def _read_lines(body: bytes) -> Iterator[list[Flower]]:
    lines = body.rstrip(_BLANK)
    start, end = 0, len(lines)
    while end - start > MAX_ROW_CHARACTERS:
        cut = _cut(lines, b"\n", start)
        yield _read_some_lines(lines[start:cut])
        start = cut + 1
    yield _read_some_lines(lines[start:])


def _read_some_lines(lines: bytes) -> list[Flower]:
    # msgspec accepts any whitespace between objects. As no object contains another, and no length a brace,
    # each line holds one object if every line break stands between two objects and there is one object per
    # line.
    separators = lines.count(b"}\n{")
    rows = _line_decoder.decode_lines(lines) if separators == lines.count(b"\n") else []
    if len(rows) != separators + 1:
        raise _UnusualError
    return _to_flowers(rows)


def _read_csv(body: bytes) -> Iterator[list[Flower]]:
    text = body.decode("utf-8-sig")
    start, end = 0, len(text)
    header: list[str] | None = None
    indices: list[int] = []
    while start < end:
        cut = end
        if end - start > MAX_ROW_CHARACTERS:
            cut = _found(text.rfind("\n", start, start + MAX_ROW_CHARACTERS)) + 1
        # A piece that ends within a quoted cell is no complete table.
        reader = csv.reader(StringIO(text[start:cut], newline=""), strict=True)
        if header is None:
            header = next(reader, None)
            if not header:
                raise _UnusualError
            indices = feature_columns(header)
        columns = list(zip(*reader, strict=True))
        if columns:
            if len(columns) != len(header):
                raise _UnusualError
            lengths = [msgspec.convert(columns[index], list[_Length], strict=False) for index in indices]
            yield cast("list[Flower]", list(zip(*lengths, strict=True)))
        else:
            yield []  # blank lines take their time as well
        start = cut
    if header is None:
        raise _UnusualError


def _cut(text: bytes, separator: bytes, start: int) -> int:
    """Return the index of the last separator of the piece that begins at `start`."""
    return _found(text.rfind(separator, start, start + MAX_ROW_CHARACTERS))


def _found(index: int) -> int:
    if index < 0:
        raise _UnusualError
    return index
