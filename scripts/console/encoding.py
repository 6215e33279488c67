"""Encodings of text: of the standard streams, and of files that other programs have written.

A terminal or a file may be Latin-1 or ASCII, by the locale or by `PYTHONIOENCODING`, and Python would end
the command with an UnicodeEncodeError: characters that the encoding lacks are transliterated.
"""

from __future__ import annotations

import codecs
import json
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

ENCODING_BYTES: Final = 4
"""Bytes that show the encoding of a file."""

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


def text_encoding(start: bytes) -> str:
    """Return the encoding of a file by its first bytes: UTF-8, UTF-16 or UTF-32.

    Excel saves "Unicode text" and PowerShell redirects output in UTF-16. Without a byte order mark, it is
    recognized by the zeros of two ASCII characters, with which tables, JSON and logs begin.
    """
    found = json.detect_encoding(start[:ENCODING_BYTES])
    return "utf-8-sig" if found == "utf-8" else found


def printable(text: str) -> str:
    """Return a text with its control characters escaped, except for line breaks and tabs.

    A file's content is quoted in messages, and could otherwise move the cursor or rename the window.
    """
    if text.isprintable():
        return text
    return "".join(it if it in "\n\t" or unicodedata.category(it) != "Cc" else ascii(it)[1:-1] for it in text)


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
