"""Detectors of attacks in a text: regular expressions, which stand in for AWS's and libinjection's.

The expressions are in `patterns/`, one a line. They meet a text in lower case, with one character for each
byte, and bound every repetition that something follows, so that no text takes long.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from localcloud.load_balancer.firewall.rules.text_transformations import transform

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

PATTERNS: Final = Path(__file__).parent / "patterns"

_PLAIN: Final = re.compile(r"[A-Za-z0-9 _.,=&:+{}\[\]\"\r\n\t-]*\Z")
"""Characters of texts that are no attack unless they have a word of one, which are most texts."""

_WORD: Final = re.compile(r"[a-z_]{2,}")

_WORDS_OF_ATTACKS: Final = frozenset((PATTERNS / "words.txt").read_text(encoding="utf-8").split())

_SEPARATORS_OF_ATTACKS: Final = re.compile(r"\.\.|--|&&|& |\[\]\s*\[|\{\{|\bon[a-z]{3,24}\s*=")

SHORT: Final = 512
"""Length of the longest text of which there may be many."""


def _kept(function: Callable[[str], Result]) -> Callable[[str], Result]:
    """Return a function that keeps its results, as most requests resemble others.

    Of long texts, only those of the request at hand are kept.
    """
    of_short, of_long = lru_cache(maxsize=4_096)(function), lru_cache(maxsize=4)(function)
    return lambda text: of_short(text) if len(text) <= SHORT else of_long(text)


_DECODINGS: Final = (
    ("URL_DECODE_UNI", "HTML_ENTITY_DECODE"),
    ("JS_DECODE",),
    ("URL_DECODE_UNI", "HTML_ENTITY_DECODE"),
    ("JS_DECODE",),
    ("URL_DECODE_UNI",),
)
"""Transformations after the first decoding of a URL, one after the other: attackers nest encodings to get
past a firewall that decodes fewer of them."""


@_kept
def is_plain(text: str) -> bool:
    """Return whether a text can be no attack: numbers, words and separators only."""
    if _PLAIN.match(text) is None:
        return False
    lower = text.lower()
    return _WORDS_OF_ATTACKS.isdisjoint(_WORD.findall(lower)) and not _SEPARATORS_OF_ATTACKS.search(lower)


@_kept
def decoded_forms(text: str) -> tuple[str, ...]:
    """Return the forms in which a text is inspected: decoded once and again and again, in lower case.

    Only ASCII is lowered, as the other characters are bytes, which patterns name.
    """
    forms = [transform(text, ("URL_DECODE_UNI",))]
    for names in _DECODINGS:
        decoded = transform(forms[-1], names)
        if decoded != forms[-1]:
            forms.append(decoded)
    bare = (transform(each, ("REMOVE_NULLS",)) for each in forms if "\0" in each)
    return tuple(dict.fromkeys(transform(each, ("LOWERCASE",)) for each in (*forms, *bare)))


def pattern(name: str) -> re.Pattern[str]:
    """Return an expression that finds what any line of a file describes."""
    lines = (PATTERNS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(lines), re.DOTALL)


def _detector(name: str) -> Callable[[str], bool]:
    """Return a function that searches the forms of a text for the patterns of a file."""
    found = pattern(name)
    return _kept(lambda text: any(found.search(form) is not None for form in decoded_forms(text)))


def _detector_of_special_texts(name: str) -> Callable[[str], bool]:
    """Return the same function for patterns that no plain text has."""
    detect = _detector(name)
    return _kept(lambda text: not is_plain(text) and detect(text))


_SQL: Final = pattern("sql_injection")
_BEGIN_OF_COMMENT: Final = re.compile(r"/\*|[#-][^\n]{0,128}\n")
_RUN_COMMENT: Final = re.compile(r"/\*!\d{0,6}([^*]{0,256})\*/")
_LINE_COMMENT: Final = re.compile(r"(?:#|--)[^\n]{0,128}\n")
_SCRIPT: Final = pattern("cross_site_scripting")
_BAD_BOT: Final = pattern("bad_bot")


@_kept
def is_sql_injection(text: str) -> bool:
    """Return whether a text looks like a part of an SQL statement that leaves its place."""
    if is_plain(text):
        return False
    forms = decoded_forms(text)
    bare = (_without_comments(form) for form in forms if _BEGIN_OF_COMMENT.search(form))
    return any(_SQL.search(form) is not None for form in (*forms, *bare))


def _without_comments(text: str) -> str:
    """Return SQL without comments, but with what MySQL runs of them: `/*!50000union*/` is `union`."""
    run = _RUN_COMMENT.sub(r" \1 ", text)
    line = _LINE_COMMENT.sub(" ", run)
    return transform(line, ("REPLACE_COMMENTS", "COMPRESS_WHITE_SPACE"))


@_kept
def is_cross_site_scripting(text: str) -> bool:
    """Return whether a text looks like HTML or JavaScript that a browser would run."""
    if is_plain(text):
        return False
    forms = decoded_forms(text)
    joined = (form.replace("\t", "").replace("\n", "") for form in forms)
    return any(_SCRIPT.search(form) is not None for form in dict.fromkeys((*forms, *joined)))


@_kept
def is_bad_bot(user_agent: str) -> bool:
    """Return whether a `User-Agent` is that of a scanner or a scraper."""
    return _BAD_BOT.search(user_agent.lower()) is not None


is_path_traversal: Final = _detector_of_special_texts("path_traversal")
"""Whether a text names a file outside of its folder, or a file of the system."""

is_remote_inclusion: Final = _detector_of_special_texts("remote_inclusion")
"""Whether a text has an argument whose value is the URL of a script or of a bare address."""

is_log4j_lookup: Final = _detector_of_special_texts("log4j_lookup")
"""Whether a text has a lookup of Log4j (CVE-2021-44228)."""

is_shell_command: Final = _detector_of_special_texts("shell_command")
"""Whether a text has a command of a Unix shell after a separator."""

names_metadata_service: Final = _detector("metadata_service")
"""Whether a text names the metadata service of an instance."""

is_remote_code: Final = _detector("remote_code")
"""Whether a text has a serialized object or an expression that runs code (CVE-2022-22965)."""

is_exploitable_path: Final = _detector("exploitable_path")
"""Whether a path is one that scanners try."""

has_restricted_extension: Final = _detector("restricted_extension")
"""Whether a path or an argument ends like a file that no client should read or run."""

is_admin_path: Final = _detector("admin_path")
"""Whether a path is that of an administration page."""
