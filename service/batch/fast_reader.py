"""Fast reader of batches without errors, which nearly all are: msgspec decodes and validates them.

Everything unusual, valid or not, is left to the strict reader, which is authoritative: this one returns the
same flowers or None. It reads pieces that are no longer than the longest row allowed, so that no row in them
is too long and none takes more than a millisecond or two.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import msgspec
from msgspec.structs import astuple

from service.batch.csv_header import feature_columns
from service.batch.formats import BatchFormat
from service.batch.limits import MAX_ROW_CHARACTERS, Pace, too_many_rows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from service.model.definition import Definition
    from service.model.feature import Feature, Row

_BLANK: Final = b" \t\n\r"
"""Whitespace of JSON (RFC 8259, 2), which is less than that of bytes.strip()."""


class _UnusualError(ValueError):
    """The batch is left to the strict reader."""


class FastReader:
    """Reader of the batches of one model, whose features are numbers. It leaves all others' batches."""

    def __init__(self, definition: Definition) -> None:
        """Create the decoders."""
        self._definition = definition
        self._names = definition.short_names
        self._is_numeric = all(not feature.levels and not feature.optional for feature in definition.features)
        self._types: list[Any] = [_value_type(feature) for feature in definition.features]
        # Unknown fields are forbidden, because msgspec would not check that their values are well-formed.
        row_type: Any = msgspec.defstruct(
            "BatchRow",
            [(f"x{index}", type_) for index, type_ in enumerate(self._types)],
            rename={f"x{index}": name for index, name in enumerate(self._names)},
            forbid_unknown_fields=True,
            gc=False,
        )
        self._array_decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(
            list[row_type], strict=False
        )
        self._line_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(row_type, strict=False)

    def read(self, body: bytes, form: BatchFormat, max_rows: int) -> Generator[None, None, list[Row] | None]:
        """Return the rows, or None to leave the batch to the strict reader.

        Raises:
            BatchError: The first line of a CSV does not name the columns, or there are more than `max_rows`.
        """
        if not self._is_numeric:
            return None
        match form:
            case BatchFormat.JSON:
                pieces = self._read_array(body)
            case BatchFormat.NDJSON:
                pieces = self._read_lines(body)
            case BatchFormat.CSV:
                pieces = self._read_csv(body)
        rows: list[Row] = []
        pace = Pace()
        try:
            for piece in pieces:
                rows += piece
                if len(rows) > max_rows:
                    raise too_many_rows(max_rows, self._definition)
                if pace.is_pause_due():
                    yield
                    pace.resume()
        except (ValueError, csv.Error, RecursionError):
            return None
        return rows

    def _read_array(self, body: bytes) -> Iterator[list[Row]]:
        # As no object contains another, and no value a brace, an object ends before each "},". A piece that
        # was cut elsewhere ends within a string, and cannot be decoded.
        array = body.strip(_BLANK)
        if array[:1] != b"[" or array[-1:] != b"]":
            raise _UnusualError
        start, end = 1, len(array) - 1
        while end - start > MAX_ROW_CHARACTERS:
            cut = _cut(array, b"},", start) + 1
            yield list(map(astuple, self._array_decoder.decode(b"[%b]" % array[start:cut])))
            start = cut + 1
        rows = self._array_decoder.decode(b"[%b]" % array[start:end])
        if not rows and start > 1:
            raise _UnusualError  # a comma is the last character of the array
        yield list(map(astuple, rows))

    def _read_lines(self, body: bytes) -> Iterator[list[Row]]:
        lines = body.rstrip(_BLANK)
        start, end = 0, len(lines)
        while end - start > MAX_ROW_CHARACTERS:
            cut = _cut(lines, b"\n", start)
            yield self._read_some_lines(lines[start:cut])
            start = cut + 1
        yield self._read_some_lines(lines[start:])

    def _read_some_lines(self, lines: bytes) -> list[Row]:
        # msgspec accepts any whitespace between objects. As no object contains another, and no value a brace,
        # each line holds one object if every line break stands between two objects and there is one object
        # per line.
        separators = lines.count(b"}\n{")
        rows = self._line_decoder.decode_lines(lines) if separators == lines.count(b"\n") else []
        if len(rows) != separators + 1:
            raise _UnusualError
        return list(map(astuple, rows))

    def _read_csv(self, body: bytes) -> Iterator[list[Row]]:
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
                indices = feature_columns(header, self._names)
            columns = list(zip(*reader, strict=True))
            if columns:
                if len(columns) != len(header):
                    raise _UnusualError
                values = [
                    msgspec.convert(columns[index], list[type_], strict=False)
                    for index, type_ in zip(indices, self._types, strict=True)
                ]
                yield cast("list[Row]", list(zip(*values, strict=True)))
            else:
                yield []  # blank lines take their time as well
            start = cut
        if header is None:
            raise _UnusualError


def _value_type(feature: Feature) -> Any:  # noqa: ANN401 (a type with metadata)
    """Return the type of a number, or of its text in the notation of JSON: less than the service accepts."""
    whole = 1.0 if feature.type == "integer" else None
    return Annotated[float, msgspec.Meta(ge=feature.minimum, le=feature.maximum, multiple_of=whole)]


def _cut(text: bytes, separator: bytes, start: int) -> int:
    """Return the index of the last separator of the piece that begins at `start`."""
    return _found(text.rfind(separator, start, start + MAX_ROW_CHARACTERS))


def _found(index: int) -> int:
    if index < 0:
        raise _UnusualError
    return index
