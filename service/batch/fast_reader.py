"""Fast reader of batches without errors, which nearly all are: msgspec decodes and validates them.

Everything unusual, valid or not, is left to the strict reader, which is authoritative: this one returns the
same flowers or None.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Annotated, Final, cast

import msgspec

from service.batch.csv_header import feature_columns
from service.batch.formats import BatchFormat
from service.model.flower import MAX_CENTIMETRES

if TYPE_CHECKING:
    from service.model.flower import Flower

_Length = Annotated[float, msgspec.Meta(ge=0, le=MAX_CENTIMETRES)]
"""Number, or its text in the notation of JSON: msgspec accepts less than the service does."""


# Unknown fields are forbidden, because msgspec would not check that their values are well-formed.
class _Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    pl: _Length
    pw: _Length
    sl: _Length
    sw: _Length


_array_decoder: Final = msgspec.json.Decoder(list[_Row], strict=False)
_line_decoder: Final = msgspec.json.Decoder(_Row, strict=False)


def read(body: bytes, form: BatchFormat) -> list[Flower] | None:
    """Return the flowers, or None to leave the batch to the strict reader.

    Raises:
        BatchError: The first line of a CSV does not name the columns.
    """
    try:
        match form:
            case BatchFormat.JSON:
                return _to_flowers(_array_decoder.decode(body))
            case BatchFormat.NDJSON:
                return _read_lines(body)
            case BatchFormat.CSV:
                return _read_csv(body)
    except (ValueError, csv.Error, RecursionError):
        return None


def _to_flowers(rows: list[_Row]) -> list[Flower]:
    # Plain tuples: creating a named tuple for each would take longer than all the rest, and no name is read.
    return cast("list[Flower]", [(row.pl, row.pw, row.sl, row.sw) for row in rows])


def _read_lines(body: bytes) -> list[Flower] | None:
    # msgspec accepts any whitespace between objects. As no object contains another, and no length a brace,
    # each line holds one object if every line break stands between two objects and there is one object per
    # line.
    lines = body.rstrip()
    separators = lines.count(b"}\n{")
    if separators != lines.count(b"\n"):
        return None
    rows = _line_decoder.decode_lines(lines)
    return _to_flowers(rows) if len(rows) == separators + 1 else None


def _read_csv(body: bytes) -> list[Flower] | None:
    reader = csv.reader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader, None)
    if not header:
        return None
    indices = feature_columns(header)
    columns = list(zip(*reader, strict=True))
    if columns and len(columns) != len(header):
        return None
    lengths = [
        msgspec.convert(columns[index], list[_Length], strict=False) if columns else [] for index in indices
    ]
    return cast("list[Flower]", list(zip(*lengths, strict=True)))
