"""Requests about one flower, made up by lot: plain ones, odd ones, and wrong ones, as they come off the wire.

Hypothesis gives the seed alone: to draw each part of a request by itself takes longer than to answer it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASSIFY: Final = "/api/v01/classify"
NAMES: Final = ("pl", "pw", "sl", "sw")

ODD_NUMBERS: Final = (
    *[
        "100",
        "100.0",
        "100.00000000000001",
        "100.000000000000000001",
        "99.999999999999999",
        "101",
        "1e2",
        "1e+2",
        "1e3",
    ],
    *[
        "0",
        "0.0",
        "-0",
        "-0.0",
        "-1",
        "1e1",
        "1E1",
        "1e-2",
        "0.1e1",
        "10e-1",
        "0e5",
        "1e400",
        "1e-400",
        "5e-324",
        "1e999999999",
        "9007199254740993",
    ],
    *[
        "007",
        "1.",
        ".5",
        ".",
        "..",
        "1.2.3",
        "1_0",
        "1,5",
        "+1",
        "0x10",
        "1e",
        "e1",
        "--1",
        "1/2",
        "1%2",
        "1&2",
        "1=2",
        "1;2",
        "#",
        "?",
        "%31",
        "1%2e4",
        "%",
        "%zz",
        "{}",
        "[1]",
    ],
    *[
        "nan",
        "NaN",
        "inf",
        "Infinity",
        "-Infinity",
        "true",
        "false",
        "null",
        "None",
        "abc",
        "五",
        "٣",
        "\u0661.\u0665",
    ],
    *("", " 1", "1 ", "1.4\x00", "1.4\n", "1" + "0" * 400, "9" * 5_000, "0." + "1" * 300, "9" * 40),
)
ODD_NAMES: Final = (
    *NAMES,
    *["colour", "detail", "predictor", "p1l", "PL", "1pl", "pl1", "pl.", "%70l", ".l"],
    '"',
    "",
)

HEADERS: Final = (
    ("Accept", "*/*"),
    ("Accept", "application/json"),
    ("Accept", "application/json, text/plain, */*"),
    ("Accept", "application/json;q=0"),
    ("Accept", "text/html"),
    ("Accept", "text/*, */*;q=0.1"),
    ("Accept", ""),
    ("Accept-Charset", "utf-16"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Encoding", "identity;q=0"),
    ("Accept-Encoding", "*;q=0"),
    ("Accept-Language", "es"),
    ("Access-Control-Request-Method", "POST"),
    ("Authorization", "Basic YTpi"),
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "identity"),
    ("Content-Type", "application/json"),
    ("Content-Type", "application/json; charset=latin-1"),
    ("Content-Type", "text/plain"),
    ("Cookie", "a=b"),
    ("Expect", "100-continue"),
    ("Host", "example.org"),
    ("If-None-Match", "*"),
    ("Origin", "http://example.org"),
    ("Origin", "null"),
    ("Range", "bytes=0-1"),
    ("User-Agent", "curl/8"),
    ("X-Forwarded-For", "192.0.2.1"),
    ("X-Nothing", "1"),
    *(("X-Request-Id", value) for value in ("mine", "a" * 128, "a" * 129, "", "not good", "a/b+c=@-_.:")),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01"),
)
CONTENT_TYPES: Final = (
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "application/json; charset=utf-16",
    "application/json;",
    "application/json, text/plain",
    "Application/JSON",
    "application/jsonx",
    "application/vnd.iris+json",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "text/csv",
    "text/json",
    "",
)
ENDS_OF_PATHS: Final = ("/", "//", "?", "?pl=1", "?predictor=iris-logistic", "?detail=true")
ENDS_OF_QUERIES: Final = ("&", "&&", "&colour=blue", "&detail=true", "#", "&predictor=none", ";", "&=")
AROUND_BODIES: Final = ("[?]", "? ", "\ufeff?", "?x", "\x00?", "?\x00", "?,", '"?"', "??", "?\n")
BLANKS: Final = (" ", "\n", "\t", "\r\n  ", "\x0b", "\x0c", "\u00a0")
IN_QUOTES: Final = ((True, True, True, True), (False, False, False, False), (True, False, True, False))


@dataclass(frozen=True)
class GeneratedRequest:
    """One HTTP request; the body in the pieces in which it arrives."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    pieces: tuple[bytes, ...] = ()
    chunked: bool = False
    """Whether the length of the body is not announced."""

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def requests() -> st.SearchStrategy[GeneratedRequest]:
    """Requests of which about half are plain, most others odd in one thing, and some in several."""
    return st.integers(0, 2**64 - 1).map(lambda seed: _request(Random(seed)))  # noqa: S311 (no secret)


def _request(lot: Random) -> GeneratedRequest:
    method, target, body = lot.choice((_in_path, _in_query, _in_body))(lot)
    given = [lot.choice(HEADERS) for _ in range(lot.choice((0, 0, 0, 1, 1, 2, 3)))]
    if body and not _seldom(lot):
        kind = lot.choice(CONTENT_TYPES) if _seldom(lot) else "application/json"
        given.insert(lot.randint(0, len(given)), ("Content-Type", kind))
    if _seldom(lot):
        method = lot.choice(("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "get", "QUERY"))
    if _seldom(lot):
        at = lot.randint(0, len(body))
        body = body[:at] + lot.randbytes(lot.randint(0, 3)) + body[at + lot.randint(0, 3) :]
    if _seldom(lot):
        body += b" " * lot.choice((400, 512, 1_000, 5_000))
    cuts = sorted(lot.randint(0, len(body)) for _ in range(lot.choice((0, 0, 1, 3))))
    pieces = tuple(body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True))
    return GeneratedRequest(method, target, tuple(given), pieces, chunked=_seldom(lot))


def _in_path(lot: Random) -> tuple[str, str, bytes]:
    count = lot.randint(0, 6) if _seldom(lot) else 4
    safe = "/?&=%" if _seldom(lot) else ""
    path = CLASSIFY + "".join("/" + quote(number, safe=safe) for number in _numbers(lot, count))
    if _seldom(lot):
        at = lot.randint(0, len(path))
        path = path[:at] + lot.choice("0123456789./") + path[at:]
    end = lot.choice(ENDS_OF_PATHS) if _seldom(lot) else ""
    return "GET", path + end, b""


def _in_query(lot: Random) -> tuple[str, str, bytes]:
    names = _names(lot)
    safe = "/?&=%+" if _seldom(lot) else ""
    pairs = zip(names, _numbers(lot, len(names)), strict=True)
    query = "&".join(f"{quote(name, safe='%')}={quote(number, safe=safe)}" for name, number in pairs)
    if _seldom(lot):
        query += lot.choice(ENDS_OF_QUERIES)
    if _seldom(lot):
        at = lot.randint(0, len(query))
        query = query[:at] + lot.choice("0123456789.&=+%") + query[at:]
    return "GET", f"{CLASSIFY}?{query}", b""


def _in_body(lot: Random) -> tuple[str, str, bytes]:
    names = _names(lot)
    in_quotes = lot.choice(IN_QUOTES)
    blank = lot.choice(BLANKS) if lot.randrange(4) == 0 else ""
    escaped = _seldom(lot)
    numbers = _numbers(lot, len(names))
    values = [
        json.dumps(number, ensure_ascii=escaped) if in_quotes[place % 4] else number
        for place, number in enumerate(numbers)
    ]
    fields = [f'"{name}"{blank}:{blank}{value}' for name, value in zip(names, values, strict=True)]
    text = "{" + blank + f"{blank},{blank}".join(fields) + blank + "}"
    if escaped:
        text = text.replace("p", r"\u0070", 1)
    if _seldom(lot):
        text = lot.choice(AROUND_BODIES).replace("?", text)
    return "POST", CLASSIFY, text.encode("utf-16" if lot.randrange(60) == 0 else "utf-8")


def _names(lot: Random) -> list[str]:
    names = [*NAMES]
    lot.shuffle(names)
    if _seldom(lot):
        names.append(lot.choice(ODD_NAMES))
    if _seldom(lot):
        names[lot.randrange(4)] = lot.choice(ODD_NAMES)
    if _seldom(lot):
        names.pop()
    return names


def _numbers(lot: Random, count: int) -> Sequence[str]:
    numbers = [lot.choice((_whole, _tenths, _any_float))(lot) for _ in range(count)]
    if count and lot.randrange(4) == 0:
        numbers[lot.randrange(count)] = lot.choice(ODD_NUMBERS)
    return numbers


def _whole(lot: Random) -> str:
    return str(lot.randint(0, 100))


def _tenths(lot: Random) -> str:
    return f"{lot.randint(0, 1_000) / 10:.1f}"


def _any_float(lot: Random) -> str:
    return repr(lot.uniform(0, 100))


def _seldom(lot: Random) -> bool:
    return lot.randrange(16) == 0
