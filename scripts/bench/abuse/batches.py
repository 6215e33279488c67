"""Abuses of batches and of the parsers of requests."""

from __future__ import annotations

from typing import Final

from scripts.bench.abuse.attack import Abuse, Attack, post, read_nothing, repeat, send_and_leave
from service.iris.examples import BODY, HEADER

BODY_BYTES: Final = 1_048_576
"""Size of most bodies: the maximum that the service accepts by default."""

CONNECTIONS: Final = 20

BATCH: Final = "/api/v01/classify/batch"
_JSON: Final = "application/json"
_NDJSON: Final = "application/x-ndjson"
_CSV: Final = "text/csv"


def _filled(start: bytes, unit: bytes, end: bytes = b"") -> bytes:
    return start + unit * ((BODY_BYTES - len(start) - len(end)) // len(unit)) + end


def _batch(media_type: str, body: bytes, *, query: str = "", connections: int = CONNECTIONS) -> Attack:
    return repeat(post(BATCH + query, media_type, body), connections=connections)


_FIRST: Final = HEADER.partition(b",")[0]
"""Name of the first feature."""

_KEYS: Final = b",".join(b'"%06d":0' % key for key in range(90_000))
_ONE_GOOD: Final = b"[" + b",".join([BODY, *[b"{}"] * 9_999]) + b"]"
_DETAILED_BODY: Final = HEADER + b"0,0,0,0\n" * 10_000
DETAILED: Final = post(f"{BATCH}?detail=true", _CSV, _DETAILED_BODY)
"""Request with the largest response."""

BATCH_ABUSES: Final = (
    Abuse(
        name="csv-line-feeds",
        explained="1 MB of line feeds",
        attack=_batch(_CSV, _filled(HEADER, b"\n")),
    ),
    Abuse(
        name="csv-carriage-returns",
        explained="1 MB of carriage returns",
        attack=_batch(_CSV, _filled(HEADER, b"\r")),
    ),
    Abuse(
        name="csv-digits",
        explained="half a million rows of one digit",
        attack=_batch(_CSV, _filled(HEADER, b"1\n")),
    ),
    Abuse(
        name="csv-columns",
        explained="a row of a million cells",
        attack=_batch(_CSV, _filled(HEADER, b",")),
    ),
    Abuse(
        name="csv-invalid-rows",
        explained="10,000 invalid rows",
        attack=_batch(_CSV, HEADER + b'abc,,"",-1\n' * 10_000),
    ),
    Abuse(
        name="json-objects",
        explained="350,000 empty objects",
        attack=_batch(_JSON, _filled(b"[", b"{},", b"{}]")),
    ),
    Abuse(
        name="json-keys",
        explained="an object of 90,000 keys",
        attack=_batch(_JSON, b"[{%b}]" % _KEYS),
    ),
    Abuse(
        name="json-integers",
        explained="integers of 4,300 digits",
        attack=_batch(_JSON, _filled(b"[", b"9" * 4_300 + b",", b"1]")),
    ),
    Abuse(
        name="json-nesting",
        explained="a million nested arrays",
        attack=_batch(_JSON, b"[" * BODY_BYTES),
    ),
    Abuse(
        name="json-decimals",
        explained="numbers of 16,000 decimals",
        attack=_batch(_JSON, _filled(b"[", BODY.replace(b"1.4", b"0." + b"1" * 16_000) + b",", b"{}]")),
    ),
    Abuse(
        name="ndjson-escapes",
        explained="lines of 15 KB of escaped characters",
        attack=_batch(_NDJSON, _filled(b"", b'{"%b":"%b"}\n' % (_FIRST, b"\\ud83d\\ude00" * 1_300))),
    ),
    Abuse(
        name="ndjson-invalid-utf-8",
        explained="lines that are not UTF-8",
        attack=_batch(_NDJSON, _filled(b"", b'{"%b":"\xff"}\n' % _FIRST)),
    ),
    Abuse(
        name="flower-keys",
        explained="one flower of 90,000 keys",
        attack=repeat(post("/api/v01/classify", _JSON, b"{%b}" % _KEYS), connections=CONNECTIONS),
    ),
    Abuse(
        name="ndjson-objects",
        explained="350,000 lines of an empty object",
        attack=_batch(_NDJSON, _filled(BODY + b"\n", b"{}\n")),
    ),
    Abuse(
        name="one-byte-chunks",
        explained="100 KB in chunks of one byte",
        attack=repeat(
            post(BATCH, _CSV, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
            + b"1\r\n\n\r\n" * 100_000
            + b"0\r\n\r\n",
            connections=CONNECTIONS,
        ),
    ),
    Abuse(
        name="content-type",
        explained="Content-Type of 30 KB with one quotation mark",
        attack=repeat(post(BATCH, f'{_CSV};"' + ";" * 30_000, b"x"), connections=CONNECTIONS),
    ),
    Abuse(
        name="accept",
        explained="Accept of 30 KB",
        attack=repeat(
            post(BATCH, _JSON, b"[%b]" % BODY, "Accept: " + "a," * 15_000), connections=CONNECTIONS
        ),
    ),
    Abuse(
        name="good-batches",
        explained="10,000 flowers, 20 connections",
        attack=_batch(_CSV, HEADER + b"1.4,0.2,5.1,3.5\n" * 10_000),
    ),
    Abuse(
        name="detailed-batches",
        explained="10,000 flowers with details, 20 connections",
        attack=repeat(DETAILED, connections=CONNECTIONS),
    ),
    Abuse(
        name="compressed-batches",
        explained="the same, compressed with gzip",
        attack=repeat(
            post(f"{BATCH}?detail=true", _CSV, _DETAILED_BODY, "Accept-Encoding: gzip"),
            connections=CONNECTIONS,
        ),
    ),
    Abuse(
        name="forest-batches",
        explained="10,000 flowers for the random forest, with details",
        attack=repeat(
            post(f"{BATCH}?detail=true&predictor=iris-forest", _CSV, _DETAILED_BODY), connections=CONNECTIONS
        ),
    ),
    Abuse(
        name="mostly-invalid",
        explained="1 good and 9,999 empty flowers, 100 connections closed at once",
        attack=send_and_leave(post(BATCH, _JSON, _ONE_GOOD), connections=100),
    ),
    Abuse(
        name="mostly-invalid-128",
        explained="the same, 128 connections that wait",
        attack=_batch(_JSON, _ONE_GOOD, connections=128),
    ),
    Abuse(
        name="mostly-invalid-400",
        explained="the same, 400 connections that wait",
        attack=_batch(_JSON, _ONE_GOOD, connections=400),
    ),
    Abuse(
        name="unread-responses",
        explained="10,000 flowers with details, 100 connections that read nothing",
        attack=read_nothing(DETAILED, connections=100),
    ),
)
