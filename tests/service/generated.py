"""Random requests about one flower: plain, unusual and invalid ones, as they are sent.

Hypothesis draws only the seed: drawing each part of a request takes longer than answering it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from hypothesis import strategies as st

from tests.conformance.cases import TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASSIFY: Final = "/api/v01/classify"
NAMES: Final = ("pl", "pw", "sl", "sw")

UNUSUAL_NUMBERS: Final = (
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
UNUSUAL_NAMES: Final = (
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
    ("If-Match", "*"),
    ("If-Match", '"a"'),
    *(("If-None-Match", value) for value in ("*", "", TAG, TAG[2:], f'"a", {TAG}', '"a"', TAG + '"')),
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
PATH_SUFFIXES: Final = ("/", "//", "?", "?pl=1", "?predictor=iris-logistic", "?detail=true")
QUERY_SUFFIXES: Final = ("&", "&&", "&colour=blue", "&detail=true", "#", "&predictor=none", ";", "&=")
BODY_WRAPPERS: Final = ("[?]", "? ", "\ufeff?", "?x", "\x00?", "?\x00", "?,", '"?"', "??", "?\n")
WHITESPACE: Final = (" ", "\n", "\t", "\r\n  ", "\x0b", "\x0c", "\u00a0")
QUOTED_FIELDS: Final = ((True, True, True, True), (False, False, False, False), (True, False, True, False))


@dataclass(frozen=True)
class GeneratedRequest:
    """One HTTP request, with the body in the pieces in which it arrives."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    pieces: tuple[bytes, ...] = ()
    chunked: bool = False
    """Use of chunked transfer coding, which announces no length."""

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def requests() -> st.SearchStrategy[GeneratedRequest]:
    """Return a strategy of which about half is plain, most of the rest unusual in one part, some in more."""
    return st.integers(0, 2**64 - 1).map(lambda seed: _request(Random(seed)))  # noqa: S311 (not cryptographic)


def _request(random: Random) -> GeneratedRequest:
    method, target, body = random.choice((_in_path, _in_query, _in_body))(random)
    given = [random.choice(HEADERS) for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3)))]
    if body and not _rarely(random):
        kind = random.choice(CONTENT_TYPES) if _rarely(random) else "application/json"
        given.insert(random.randint(0, len(given)), ("Content-Type", kind))
    if _rarely(random):
        method = random.choice(("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "get", "QUERY"))
    if _rarely(random):
        at = random.randint(0, len(body))
        body = body[:at] + random.randbytes(random.randint(0, 3)) + body[at + random.randint(0, 3) :]
    if _rarely(random):
        body += b" " * random.choice((400, 512, 1_000, 5_000))
    cuts = sorted(random.randint(0, len(body)) for _ in range(random.choice((0, 0, 1, 3))))
    pieces = tuple(body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True))
    return GeneratedRequest(method, target, tuple(given), pieces, chunked=_rarely(random))


def _in_path(random: Random) -> tuple[str, str, bytes]:
    count = random.randint(0, 6) if _rarely(random) else 4
    safe = "/?&=%" if _rarely(random) else ""
    path = CLASSIFY + "".join("/" + quote(number, safe=safe) for number in _numbers(random, count))
    if _rarely(random):
        at = random.randint(0, len(path))
        path = path[:at] + random.choice("0123456789./") + path[at:]
    end = random.choice(PATH_SUFFIXES) if _rarely(random) else ""
    return "GET", path + end, b""


def _in_query(random: Random) -> tuple[str, str, bytes]:
    names = _names(random)
    safe = "/?&=%+" if _rarely(random) else ""
    pairs = zip(names, _numbers(random, len(names)), strict=True)
    query = "&".join(f"{quote(name, safe='%')}={quote(number, safe=safe)}" for name, number in pairs)
    if _rarely(random):
        query += random.choice(QUERY_SUFFIXES)
    if _rarely(random):
        at = random.randint(0, len(query))
        query = query[:at] + random.choice("0123456789.&=+%") + query[at:]
    return "GET", f"{CLASSIFY}?{query}", b""


def _in_body(random: Random) -> tuple[str, str, bytes]:
    names = _names(random)
    in_quotes = random.choice(QUOTED_FIELDS)
    blank = random.choice(WHITESPACE) if random.randrange(4) == 0 else ""
    escaped = _rarely(random)
    numbers = _numbers(random, len(names))
    values = [
        json.dumps(number, ensure_ascii=escaped) if in_quotes[place % 4] else number
        for place, number in enumerate(numbers)
    ]
    fields = [f'"{name}"{blank}:{blank}{value}' for name, value in zip(names, values, strict=True)]
    text = "{" + blank + f"{blank},{blank}".join(fields) + blank + "}"
    if escaped:
        text = text.replace("p", r"\u0070", 1)
    if _rarely(random):
        text = random.choice(BODY_WRAPPERS).replace("?", text)
    return "POST", CLASSIFY, text.encode("utf-16" if random.randrange(60) == 0 else "utf-8")


def _names(random: Random) -> list[str]:
    names = [*NAMES]
    random.shuffle(names)
    if _rarely(random):
        names.append(random.choice(UNUSUAL_NAMES))
    if _rarely(random):
        names[random.randrange(4)] = random.choice(UNUSUAL_NAMES)
    if _rarely(random):
        names.pop()
    return names


def _numbers(random: Random, count: int) -> Sequence[str]:
    numbers = [random.choice((_whole, _tenths, _any_float))(random) for _ in range(count)]
    if count and random.randrange(4) == 0:
        numbers[random.randrange(count)] = random.choice(UNUSUAL_NUMBERS)
    return numbers


def _whole(random: Random) -> str:
    return str(random.randint(0, 100))


def _tenths(random: Random) -> str:
    return f"{random.randint(0, 1_000) / 10:.1f}"


def _any_float(random: Random) -> str:
    return repr(random.uniform(0, 100))


def _rarely(random: Random) -> bool:
    return random.randrange(16) == 0
