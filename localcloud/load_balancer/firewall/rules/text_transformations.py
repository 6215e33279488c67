"""AWS WAF's text transformations of what a rule inspects.

Texts have one character for each byte. Source of each: AWS WAF developer guide, "Using text
transformations in AWS WAF".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_NO_BREAK_SPACE: Final = "\xa0"

_ENTITIES: Final = {
    "quot": '"',
    "apos": "'",
    "amp": "&",
    "lt": "<",
    "gt": ">",
    "nbsp": _NO_BREAK_SPACE,
    # Names of what a browser reads as a scheme's separators.
    "colon": ":",
    "tab": "\t",
    "newline": "\n",
}
_ENTITY: Final = re.compile(r"&(?:#[xX]([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([A-Za-z]{2,7}));?")
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_PERCENT_OR_UNICODE: Final = re.compile(r"%(?:u([0-9A-Fa-f]{4})|([0-9A-Fa-f]{2}))", re.IGNORECASE)
_WHITE_SPACE: Final = re.compile(r"[ \f\t\n\r\v\xa0]+")
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SQL_HEX: Final = re.compile(r"0[xX]((?:[0-9A-Fa-f]{2})+)")
_ANSI_ESCAPE: Final = re.compile(r"\\(?:([abfnrtv\\?'\"])|x([0-9A-Fa-f]{2})|([0-7]{1,3}))")
_JS_ESCAPE: Final = re.compile(
    r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|([\x00-\xff]))", re.DOTALL
)
_CSS_ESCAPE: Final = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\n\r\f]?|(\n)|([^0-9A-Fa-f]))", re.DOTALL)
_ANSI: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CMD_LINE_DELETED: Final = str.maketrans("", "", "\\\"'^")
_CMD_LINE_SPACES: Final = str.maketrans(",;", "  ")


def transform(text: str, names: Iterable[str]) -> str:
    """Return a text after transformations by name, in this order."""
    for name in names:
        text = TRANSFORMATIONS[name](text)
    return text


def ordered_names(transformations: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of a statement's text transformations by their priority, without NONE."""
    ordered = sorted(transformations, key=lambda each: each["Priority"])
    return tuple(str(each["Type"]) for each in ordered if each["Type"] != "NONE")


def _one_byte(code: int) -> str:
    """Return the byte of a code point: of full-width ASCII its ASCII form, of others the lower byte."""
    if 0xFF01 <= code <= 0xFF5E:  # noqa: PLR2004 - the range of full-width ASCII
        return chr(code - 0xFEE0)
    return chr(code & 0xFF)


def _utf8(code: int) -> str:
    """Return a code point's bytes in UTF-8, those below 256 as they are."""
    if code <= 0xFF:  # noqa: PLR2004 - one byte
        return chr(code)
    return chr(code).encode("utf-8", "surrogatepass").decode("latin-1") if code <= 0x10FFFF else ""  # noqa: PLR2004 - the last code point


def _decode_entities(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        hexadecimal, decimal, name = match.groups()
        if name:
            return _ENTITIES.get(name.lower(), match[0])
        return _utf8(int(hexadecimal, 16) if hexadecimal else int(decimal))

    return _ENTITY.sub(replacement, text) if "&" in text else text


def _decode_url(text: str) -> str:
    return _PERCENT.sub(lambda match: chr(int(match[1], 16)), text.replace("+", " "))


def _decode_url_with_unicode(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        wide, narrow = match.groups()
        return _one_byte(int(wide, 16)) if wide else chr(int(narrow, 16))

    return _PERCENT_OR_UNICODE.sub(replacement, text.replace("+", " "))


def _compress_white_space(text: str) -> str:
    return _WHITE_SPACE.sub(" ", text)


def _command_line(text: str) -> str:
    # In one pass, as ModSecurity's `cmdLine`: a space that was a comma is deleted before / and ( too.
    text = text.translate(_CMD_LINE_DELETED).translate(_CMD_LINE_SPACES)
    return _lower(re.sub(r"\s+", " ", re.sub(r"\s+(?=[/(])", "", text)))


def _lower(text: str) -> str:
    """Return a text with A to Z in lower case; other bytes stay."""
    return text.lower() if text.isascii() else re.sub("[A-Z]+", lambda match: match[0].lower(), text)


def _upper(text: str) -> str:
    return text.upper() if text.isascii() else re.sub("[a-z]+", lambda match: match[0].upper(), text)


def _decode_base64(text: str) -> str:
    try:
        return base64.b64decode(text.encode("latin-1"), validate=True).decode("latin-1")
    except binascii.Error:
        return text


def _decode_base64_leniently(text: str) -> str:
    only = re.sub(r"[^A-Za-z0-9+/]", "", text)
    only = only[: len(only) - (len(only) % 4 == 1)]
    return base64.b64decode(only + "=" * (-len(only) % 4)).decode("latin-1")


def _decode_hex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("latin-1")
    except ValueError:
        return text


def _decode_sql_hex(text: str) -> str:
    return _SQL_HEX.sub(lambda match: bytes.fromhex(match[1]).decode("latin-1"), text)


def _decode_ansi_escapes(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        letter, hexadecimal, octal = match.groups()
        if letter:
            return _ANSI.get(letter, letter)
        return chr((int(hexadecimal, 16) if hexadecimal else int(octal, 8)) & 0xFF)

    return _ANSI_ESCAPE.sub(replacement, text)


def _decode_javascript(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        wide, narrow, octal, letter = match.groups()
        if wide:
            return _one_byte(int(wide, 16))
        if letter:
            return _ANSI.get(letter, letter)
        return chr((int(narrow, 16) if narrow else int(octal, 8)) & 0xFF)

    return _JS_ESCAPE.sub(replacement, text)


def _decode_css(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        hexadecimal, line_end, letter = match.groups()
        if hexadecimal:
            return _one_byte(int(hexadecimal, 16))
        return "" if line_end else str(letter)

    return _CSS_ESCAPE.sub(replacement, text)


def _normalize_path(path: str) -> str:
    """Return a path without repeated slashes, self-references, and back-references but those at its start."""
    kept: list[str] = []
    is_absolute, ends_open = path.startswith("/"), path.endswith(("/", "/.", "/.."))
    for part in path.split("/"):
        if part in {"", "."}:
            continue
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part != ".." or not is_absolute:
            kept.append(part)
    joined = "/" * is_absolute + "/".join(kept)
    return joined + "/" if ends_open and not joined.endswith("/") and kept else joined


def _utf8_to_unicode(text: str) -> str:
    """Return a text with each sequence of UTF-8 as `%uHHHH`."""
    decoded = text.encode("latin-1").decode("utf-8", "surrogateescape")
    return "".join(
        char
        if char <= "\x7f"
        else f"%u{ord(char):04x}"
        # A byte that is no UTF-8 stays.
        if not "\udc80" <= char <= "\udcff"
        else chr(ord(char) & 0xFF)
        for char in decoded
    )


TRANSFORMATIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "NONE": lambda text: text,
    "LOWERCASE": _lower,
    "UPPERCASE": _upper,
    "URL_DECODE": _decode_url,
    "URL_DECODE_UNI": _decode_url_with_unicode,
    "HTML_ENTITY_DECODE": _decode_entities,
    "COMPRESS_WHITE_SPACE": _compress_white_space,
    "REMOVE_WHITESPACE": lambda text: _WHITE_SPACE.sub("", text),
    "TRIM": lambda text: text.strip(" \f\t\n\r\v"),
    "TRIM_LEFT": lambda text: text.lstrip(" \f\t\n\r\v"),
    "TRIM_RIGHT": lambda text: text.rstrip(" \f\t\n\r\v"),
    "CMD_LINE": _command_line,
    "BASE64_DECODE": _decode_base64,
    "BASE64_DECODE_EXT": _decode_base64_leniently,
    "HEX_DECODE": _decode_hex,
    "SQL_HEX_DECODE": _decode_sql_hex,
    "MD5": lambda text: hashlib.md5(text.encode("latin-1"), usedforsecurity=False).digest().decode("latin-1"),
    "SHA256": lambda text: hashlib.sha256(text.encode("latin-1")).digest().decode("latin-1"),
    "REPLACE_COMMENTS": lambda text: _COMMENT.sub(" ", text),
    "ESCAPE_SEQ_DECODE": _decode_ansi_escapes,
    "CSS_DECODE": _decode_css,
    "JS_DECODE": _decode_javascript,
    "NORMALIZE_PATH": _normalize_path,
    "NORMALIZE_PATH_WIN": lambda text: _normalize_path(text.replace("\\", "/")),
    "REMOVE_NULLS": lambda text: text.replace("\0", ""),
    "REPLACE_NULLS": lambda text: text.replace("\0", " "),
    "UTF8_TO_UNICODE": _utf8_to_unicode,
}
"""Name in the WAFV2 API -> function."""
