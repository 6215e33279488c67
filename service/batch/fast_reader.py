"""Reads a batch in which all is well, as nearly every one is, in a fraction of the time that doubt takes.

Whatever is out of the ordinary, wrong or not, is left to the careful reader: it is the authority, and this
one may only ever say the same, or nothing.
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
"""Or its text: of that, msgspec takes what JSON takes for a number, which is less than is allowed."""


# Of a name that no flower has, the quick reader would not see whether its value is well-formed.
class _Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    pl: _Length
    pw: _Length
    sl: _Length
    sw: _Length


_array: Final = msgspec.json.Decoder(list[_Row], strict=False)
_lines: Final = msgspec.json.Decoder(_Row, strict=False)


def read(body: bytes, form: BatchFormat) -> list[Flower] | None:
    """Return the flowers; None where the careful reader must look.

    Raises:
        BatchError: the first line of a table does not name the columns.
    """
    try:
        match form:
            case BatchFormat.JSON:
                return _flowers(_array.decode(body))
            case BatchFormat.NDJSON:
                return _read_lines(body)
            case BatchFormat.CSV:
                return _read_table(body)
    except (ValueError, csv.Error, RecursionError):
        return None


def _flowers(rows: list[_Row]) -> list[Flower]:
    # To make a named tuple of each would take longer than all the rest; nobody here looks for names.
    return cast("list[Flower]", [(row.pl, row.pw, row.sl, row.sw) for row in rows])


def _read_lines(body: bytes) -> list[Flower] | None:
    # Any blank may part objects here, for msgspec. As no object holds another, and no length a brace, there
    # is one to a line if there are as many ends of objects at ends of lines as there are of either.
    lines = body.rstrip()
    parted = lines.count(b"}\n{")
    if parted != lines.count(b"\n"):
        return None
    rows = _lines.decode_lines(lines)
    return _flowers(rows) if len(rows) == parted + 1 else None


def _read_table(body: bytes) -> list[Flower] | None:
    reader = csv.reader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader, None)
    if not header:
        return None
    places = feature_columns(header)
    columns = list(zip(*reader, strict=True))
    if columns and len(columns) != len(header):
        return None
    lengths = [
        msgspec.convert(columns[place], list[_Length], strict=False) if columns else [] for place in places
    ]
    return cast("list[Flower]", list(zip(*lengths, strict=True)))
