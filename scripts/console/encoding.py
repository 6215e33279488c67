"""Standard streams that print any text: characters that their encoding lacks are transliterated.

A terminal or a file may be Latin-1 or ASCII, by the locale or by `PYTHONIOENCODING`, and Python would end
the command with an UnicodeEncodeError.
"""

from __future__ import annotations

import codecs
import sys
import unicodedata
from io import TextIOWrapper
from typing import Final

HANDLER: Final = "transliterate"
"""Name of the error handler, for `errors=` of a stream."""

ASCII: Final = "plain_ascii"
"""Other name of ASCII, for `encoding=` of a stream: click prints UTF-8 where it finds the usual one, which it
takes for a mistake."""

SPELLINGS: Final = {
    "…": "...",
    "\N{EN DASH}": "-",
    "—": "-",
    "\N{MINUS SIGN}": "-",
    "→": "->",
    "←": "<-",
    "≤": "<=",
    "≥": ">=",
    "\N{MULTIPLICATION SIGN}": "x",
    "µ": "u",
    "μ": "u",
    "·": ".",
    "•": "*",
    "€": "EUR",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
    "“": '"',
    "”": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "✓": "ok",
    "✔": "ok",
    "✗": "x",
    "✘": "x",
}
"""Characters without a decomposition, in ASCII."""

_BRAILLE: Final = range(0x2800, 0x2900)
"""Dots, of which spinners are made."""


def configure_streams() -> None:
    """Set standard output and standard error to transliterate what their encodings lack."""
    codecs.register_error(HANDLER, _replace)
    codecs.register(_find_codec)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # neither closed at the start nor replaced
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding=ASCII if is_ascii else stream.encoding, errors=HANDLER)


def _find_codec(name: str) -> codecs.CodecInfo | None:
    if name != ASCII:
        return None
    it = codecs.lookup("ascii")
    return codecs.CodecInfo(
        name=ASCII,
        encode=it.encode,
        decode=it.decode,
        incrementalencoder=it.incrementalencoder,
        incrementaldecoder=it.incrementaldecoder,
    )


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(map(transliterated, text)), error.end


def transliterated(character: str) -> str:
    """Return a character in ASCII: by its spelling, without its accents, or as a question mark."""
    if character in SPELLINGS:
        return SPELLINGS[character]
    if ord(character) in _BRAILLE:
        return "*"
    decomposed = unicodedata.normalize("NFKD", character)
    return decomposed.encode("ascii", "ignore").decode() or "?"
