"""Reads a batch in which all is well, as nearly every one is, in a fraction of the time that doubt takes.

Whatever is out of the ordinary, wrong or not, is left to the careful reader: it is the authority, and this
one may only ever say the same, or nothing.
"""

from __future__ import annotations

import csv
import re
from io import StringIO
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Final, cast

import msgspec

from service.batch.formats import Format
from service.batch.table import columns_of
from service.flower import ALLOWED_LENGTH, DECIMAL, FEATURES, MAX_CENTIMETRES, LengthError, parse_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.flower import Flower

_Number = Annotated[float, msgspec.Meta(ge=0, le=MAX_CENTIMETRES)]

_DECIMALS: Final = re.compile(rf"(?:{DECIMAL}\n)*+{DECIMAL}")


# Of a name that no flower has, the quick reader would not see whether its value is well-formed.
class _Numbers(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    pl: _Number
    pw: _Number
    sl: _Number
    sw: _Number


class _Texts(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    pl: _Number | str
    pw: _Number | str
    sl: _Number | str
    sw: _Number | str


_array_of_numbers: Final = msgspec.json.Decoder(list[_Numbers])
_array_of_texts: Final = msgspec.json.Decoder(list[_Texts])
_lines_of_numbers: Final = msgspec.json.Decoder(_Numbers)
_lines_of_texts: Final = msgspec.json.Decoder(_Texts)
_lengths: Final = attrgetter(*FEATURES)


def read(body: bytes, form: Format) -> list[Flower] | None:
    """Return the flowers; None where the careful reader must look."""
    try:
        match form:
            case Format.JSON:
                return _read_array(body)
            case Format.NDJSON:
                return _read_lines(body)
            case Format.CSV:
                return _read_table(body)
    except (ValueError, csv.Error, RecursionError):
        return None


def _read_array(body: bytes) -> list[Flower]:
    try:
        return _flowers_of_numbers(_array_of_numbers.decode(body))
    except msgspec.ValidationError:
        return _flowers_of_texts(_array_of_texts.decode(body))


def _read_lines(body: bytes) -> list[Flower] | None:
    # Any blank may part objects here, for msgspec. As no object holds another, and no length a brace, there
    # is one to a line if there are as many ends of objects at ends of lines as there are of either.
    lines = body.rstrip()
    parted = lines.count(b"}\n{")
    if parted != lines.count(b"\n"):
        return None
    try:
        flowers = _flowers_of_numbers(_lines_of_numbers.decode_lines(lines))
    except msgspec.ValidationError:
        flowers = _flowers_of_texts(_lines_of_texts.decode_lines(lines))
    return flowers if len(flowers) == parted + 1 else None


def _flowers_of_numbers(rows: list[_Numbers]) -> list[Flower]:
    # To make a named tuple of each would take longer than all the rest; nobody here looks for names.
    return cast("list[Flower]", [(row.pl, row.pw, row.sl, row.sw) for row in rows])


def _flowers_of_texts(rows: list[_Texts]) -> list[Flower]:
    columns = zip(*map(_lengths, rows), strict=True)
    return cast("list[Flower]", list(zip(*map(_parse_mixed, columns), strict=True)))


def _read_table(body: bytes) -> list[Flower] | None:
    reader = csv.reader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader, None)
    if not header:
        return None
    places = columns_of(header)
    columns = list(zip(*reader, strict=True))
    if columns and len(columns) != len(header):
        return None
    lengths = [_parse_texts(columns[place]) for place in places] if columns else []
    return cast("list[Flower]", list(zip(*lengths, strict=True)))


def _parse_mixed(column: Sequence[float | str]) -> Sequence[float]:
    if all(isinstance(length, str) for length in column):
        return _parse_texts(cast("Sequence[str]", column))
    return [parse_length(length) for length in column]


def _parse_texts(column: Sequence[str]) -> Sequence[float]:
    """Read a length from each text, all of them at once: one by one takes three times as long.

    Raises:
        LengthError: one of them is none.
    """
    text = "\n".join(column)
    if text.count("\n") != len(column) - 1 or not _DECIMALS.fullmatch(text):
        raise LengthError(ALLOWED_LENGTH)
    lengths = list(map(float, column))
    if not (min(lengths) >= 0 and max(lengths) <= MAX_CENTIMETRES):
        raise LengthError(ALLOWED_LENGTH)
    return lengths
