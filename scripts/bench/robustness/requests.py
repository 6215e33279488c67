"""Generator of raw requests: valid ones, and mutations of them, reproducible by a seed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from service.iris.definition import EXAMPLE
from service.iris.examples import COURSE_BODY, COURSE_PATH

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_ROWS: Final = json.dumps([EXAMPLE] * 3).encode()
_REVERSED: Final = dict(reversed(EXAMPLE.items()))
_CSV: Final = "".join(
    ",".join(map(str, cells)) + "\n" for cells in (_REVERSED, _REVERSED.values(), (2.8, 6.4, 2.2, 5.6))
).encode()
_NESTED: Final = f'{{"{next(iter(EXAMPLE))}":'.encode() * 50


def _post(path: bytes, body: bytes, media_type: bytes = b"application/json") -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
    return head % (path, media_type, len(body)) + b"Connection: close\r\n\r\n" + body


def _get(path: bytes, method: bytes = b"GET") -> bytes:
    return b"%b %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % (method, path)


_CHUNKED: Final = (
    b"POST /api/v01/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    % (len(COURSE_BODY), COURSE_BODY)
)

_TENSOR: Final = b'{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[[1.4,0.2,5.1,3.5]]}]}'

VALID_REQUESTS: Final = (
    _post(b"/api/v01/classify", COURSE_BODY),
    _post(b"/api/v01/classify?detail=true&predictor=iris-forest", COURSE_BODY),
    _post(b"/api/v01/classify/batch", _ROWS),
    _post(b"/api/v01/classify/batch", _CSV, b"text/csv"),
    _post(b"/api/v01/predictors/iris-forest/predict", COURSE_BODY),
    _post(b"/v2/models/iris-forest/infer", _TENSOR),
    _CHUNKED,
    _get(b"/v2/models/iris-logistic"),
    _get(b"/api/v01/classify/5.1/3.5/1.4/0.4"),
    _get(COURSE_PATH.encode()),
    _get(COURSE_PATH.encode(), b"HEAD"),
    _get(b"/api/v01/predictors"),
    _get(b"/api/v01/predictors/iris-logistic"),
    _get(b"/listpredictors"),
    _get(b"/"),
    _get(b"/readyz"),
    _get(b"/version"),
    _get(b"/nothing/here"),
    _get(b"/api/v01/classify", b"OPTIONS"),
)
"""Valid requests, each of which gets a status below 500 and a closed connection."""

_TOKENS: Final = (
    *(
        b"HTTP/0.9",
        b"http://example.org",
        b"*",
        b"Host: b\r\n",
        b"Host: a b\r\n",
        b"Host:\r\n",
        b"TE: trailers\r\n",
    ),
    *(b"Transfer-Encoding: gzip\r\n", b"Content-Length: 53\r\n", b"Connection: keep-alive\r\n"),
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n",
    *(
        b"0\r\nContent-Type: application/json\r\n\r\n",
        b"1;a=b\r\n",
        b"X: " + b"y" * 33_000,
        b"X: 1\r\n" * 1_001,
    ),
    *(b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"HEAD", b"TRACE", b"CONNECT", b"BREW"),
    *(b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0", b"HTTP/9.9", b"\r\n", b"\n", b"\r", b"\0", b"\xff\xfe", b"%00"),
    *(b"%ff", b"%", b"..", b"//", b"?", b"#", b"&", b";", b"NaN", b"Infinity", b"-1", b"1e999", b"1e-999"),
    *(b"null", b"true", b"[]", b"{}", _NESTED, b"[" * 500, b'"', b"\\ud800", b"9" * 400),
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


def _replace_bytes(request: bytes, rng: random.Random) -> bytes:
    changed = bytearray(request)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _insert_token(request: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(request) + 1)
    return request[:at] + rng.choice(_TOKENS) + request[at:]


def _add_header(request: bytes, rng: random.Random) -> bytes:
    line, _, rest = request.partition(b"\r\n")
    header = rng.choice([word for word in _TOKENS if word.endswith(b"\r\n") and b":" in word])
    return line + b"\r\n" + header + rest


def _delete_bytes(request: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(request))
    return request[:start] + request[start + rng.randint(1, 40) :]


def _truncate(request: bytes, rng: random.Random) -> bytes:
    return request[: rng.randint(1, len(request))]


def _duplicate_bytes(request: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(request))
    part = request[start : start + rng.randint(1, 60)]
    return request[:start] + part + request[start:]


def _pipeline(request: bytes, rng: random.Random) -> bytes:
    return request.replace(b"Connection: close\r\n", b"") + rng.choice(VALID_REQUESTS)


def _change_version(request: bytes, rng: random.Random) -> bytes:
    return request.replace(b"HTTP/1.1", rng.choice((b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"")), 1)


def _random_bytes(_: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(rng.randint(1, 300))


_MUTATIONS: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _replace_bytes,
    _insert_token,
    _add_header,
    _delete_bytes,
    _truncate,
    _duplicate_bytes,
    _pipeline,
    _change_version,
    _random_bytes,
)


def mutated(rng: random.Random, count: int) -> Iterator[tuple[bytes, ...]]:
    """Yield requests with one to three mutations, each as the writes that send it."""
    for _ in range(count):
        request = rng.choice(VALID_REQUESTS)
        for _ in range(rng.choice((1, 1, 2, 3))):
            request = rng.choice(_MUTATIONS)(request, rng) or b"\r\n"
        at = rng.randrange(len(request))
        yield (request[:at], request[at:]) if at and rng.random() < 0.2 else (request,)  # noqa: PLR2004 (one in five)


def split() -> Iterator[tuple[bytes, ...]]:
    """Yield every valid request in two writes, split before each of its bytes."""
    for request in VALID_REQUESTS:
        for at in range(1, len(request)):
            yield request[:at], request[at:]
