"""Makes requests as bytes: right ones, and the same with something wrong. A seed makes the same each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_BODY: Final = b'{"pl": "5.1", "pw": "3.5", "sl": "1.4", "sw": "0.4"}'
_ROWS: Final = json.dumps([{"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}] * 3).encode()
_CSV: Final = b"sw,sl,pw,pl\n3.5,5.1,0.2,1.4\n2.8,6.4,2.2,5.6\n"


def _post(path: bytes, body: bytes, media_type: bytes = b"application/json") -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
    return head % (path, media_type, len(body)) + b"Connection: close\r\n\r\n" + body


def _get(path: bytes, method: bytes = b"GET") -> bytes:
    return b"%b %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % (method, path)


_CHUNKED: Final = (
    b"POST /api/v01/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(_BODY), _BODY)
)

RIGHT: Final = (
    _post(b"/api/v01/classify", _BODY),
    _post(b"/api/v01/classify?detail=true&predictor=iris-forest", _BODY),
    _post(b"/api/v01/classify/batch", _ROWS),
    _post(b"/api/v01/classify/batch", _CSV, b"text/csv"),
    _CHUNKED,
    _get(b"/api/v01/classify/5.1/3.5/1.4/0.4"),
    _get(b"/api/v01/classify?pl=5.1&pw=3.5&sl=1.4&sw=0.4"),
    _get(b"/api/v01/classify?pl=5.1&pw=3.5&sl=1.4&sw=0.4", b"HEAD"),
    _get(b"/api/v01/predictors"),
    _get(b"/api/v01/predictors/iris-logistic"),
    _get(b"/listpredictors"),
    _get(b"/"),
    _get(b"/readyz"),
    _get(b"/version"),
    _get(b"/nothing/here"),
    _get(b"/api/v01/classify", b"OPTIONS"),
)
"""Each is answered with a status below 500, and the connection closed."""

_WORDS: Final = (
    *(b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"HEAD", b"TRACE", b"CONNECT", b"BREW"),
    *(b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0", b"HTTP/9.9", b"\r\n", b"\n", b"\r", b"\0", b"\xff\xfe", b"%00"),
    *(b"%ff", b"%", b"..", b"//", b"?", b"#", b"&", b";", b"NaN", b"Infinity", b"-1", b"1e999", b"1e-999"),
    *(b"null", b"true", b"[]", b"{}", b'{"pl":' * 50, b"[" * 500, b'"', b"\\ud800", b"9" * 400),
    *(b"Content-Length: 0\r\n", b"Content-Length: 99999999999\r\n", b"Content-Length: -1\r\n"),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Expect: 100-continue\r\n",
    ),
    *(b"Accept: text/csv\r\n", b"Accept: image/png\r\n", b"Accept-Encoding: zstd, br;q=0.5\r\n"),
    *(b"Content-Encoding: gzip\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"X: " + b"y" * 9_000),
    *(b"Origin: http://example.org\r\n", b"X-Request-Id: \x01\r\n", b"traceparent: 00-0-0-0\r\n"),
)


def _replace_some_bytes(request: bytes, rng: random.Random) -> bytes:
    changed = bytearray(request)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _insert_a_word(request: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(request) + 1)
    return request[:at] + rng.choice(_WORDS) + request[at:]


def _add_a_header(request: bytes, rng: random.Random) -> bytes:
    line, _, rest = request.partition(b"\r\n")
    header = rng.choice([word for word in _WORDS if word.endswith(b"\r\n") and b":" in word])
    return line + b"\r\n" + header + rest


def _leave_some_out(request: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(request))
    return request[:start] + request[start + rng.randint(1, 40) :]


def _cut_off(request: bytes, rng: random.Random) -> bytes:
    return request[: rng.randint(1, len(request))]


def _say_twice(request: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(request))
    part = request[start : start + rng.randint(1, 60)]
    return request[:start] + part + request[start:]


def _nothing_but_noise(_: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(rng.randint(1, 300))


_WRONGS: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _replace_some_bytes,
    _insert_a_word,
    _add_a_header,
    _leave_some_out,
    _cut_off,
    _say_twice,
    _nothing_but_noise,
)


def mutated(rng: random.Random, count: int) -> Iterator[tuple[bytes, ...]]:
    """Yield requests with one to three things wrong, each as the writes that send it."""
    for _ in range(count):
        request = rng.choice(RIGHT)
        for _ in range(rng.choice((1, 1, 2, 3))):
            request = rng.choice(_WRONGS)(request, rng) or b"\r\n"
        at = rng.randrange(len(request))
        yield (request[:at], request[at:]) if at and rng.random() < 0.2 else (request,)  # noqa: PLR2004 (one in five)


def split() -> Iterator[tuple[bytes, ...]]:
    """Yield every right request in two writes, once for every byte that it can be split before."""
    for request in RIGHT:
        for at in range(1, len(request)):
            yield request[:at], request[at:]
