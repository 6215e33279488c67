"""Compresses answers that are long enough, as the request accepts it.

The rule for `Vary: Accept-Encoding`: an answer has it where that header of a request could make a difference,
so where it is long enough and of a type that gets smaller. A short answer is the same for everybody: it needs
no `Vary`, and whoever gives short answers alone needs not look at what is accepted.
"""

from __future__ import annotations

import asyncio
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

import brotli  # pyright: ignore[reportMissingTypeStubs] (it has no types)
import zstandard

from service.http.accept_encoding import IDENTITY, PREFERRED, choose_content_coding
from service.http.problem_details import problem_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ZSTD_LEVEL: Final = 1
"""115 KB of labels and probabilities: 5.3 times smaller in 0.23 ms; at level 3, less so and slower."""

BROTLI_QUALITY: Final = 3
"""The same: 5.2 times in 0.8 ms. Below 2 it looks at each piece of a stream alone, and hardly gains."""

GZIP_LEVEL: Final = 6
"""The same: 5.0 times in 2.0 ms. Only clients ask for it that know nothing better."""

OFF_LOOP_BYTES: Final = 131_072
"""Longer answers are compressed in a thread, so that others are answered meanwhile."""

_GETS_SMALLER: Final = ("text/", "application/json", "application/javascript", "application/x-ndjson")
_UNCHANGEABLE: Final = frozenset({204, 206, 304})
"""Have no content, or a part of what was cut from it as it is."""


class Compressor(Protocol):
    """What each library offers: it takes plain bytes and gives compressed ones, some of them later."""

    def compress(self, data: bytes, /) -> bytes:
        """Take plain bytes, return what is ready of the compressed ones."""
        ...

    def flush(self) -> bytes:
        """Return the rest of the compressed bytes."""
        ...


class _Brotli:
    """Brotli's compressor, by the names that the others use."""

    def __init__(self) -> None:
        library: Any = brotli
        compressor = library.Compressor(quality=BROTLI_QUALITY)
        self.compress: Callable[[bytes], bytes] = compressor.process
        self.flush: Callable[[], bytes] = compressor.finish


_COMPRESSORS: Final[dict[str, Callable[[int], Compressor]]] = {
    # Who decompresses in one go asks the frame for the size.
    "zstd": lambda size: zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj(size=size),
    "br": lambda _: _Brotli(),
    "gzip": lambda _: zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, wbits=31),
}
"""Content coding -> what makes a compressor for one answer of so many bytes; of -1 where nobody knows."""


class Compression:
    """ASGI middleware: compresses what has `min_bytes` or more and is not compressed already."""

    def __init__(self, app: ASGIApp, *, min_bytes: int) -> None:
        self._app = app
        self._min_bytes = min_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] == "http":
            send = _Answer(scope, receive, send, self._min_bytes).send
        await self._app(scope, receive, send)


class _Answer:
    """One answer on its way out. Its head waits until enough of its content is there to decide."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, min_bytes: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._min_bytes = min_bytes
        self._start: Message | None = None
        self._waiting = b""
        self._compressor: Compressor | None = None
        self._dropped = False

    async def send(self, message: Message) -> None:
        """Take what the application sends (ASGI)."""
        if self._dropped:
            return
        if message["type"] == "http.response.start" and _is_negotiable(message):
            self._start = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._start is not None:
            await self._begin(self._start, message)
        elif self._compressor is not None:
            more_body = message.get("more_body", False)
            body = await _compressed(self._compressor, message.get("body", b""), last=not more_body)
            await self._send({"type": "http.response.body", "body": body, "more_body": more_body})
        else:
            await self._send(message)

    async def _begin(self, start: Message, message: Message) -> None:
        body = self._waiting = self._waiting + message.get("body", b"")
        more_body = message.get("more_body", False)
        if len(body) < self._min_bytes and more_body:
            return
        self._start = None
        if len(body) >= self._min_bytes:
            coding = choose_content_coding(_accepted(self._scope))
            if coding is None and start["status"] < 400:  # noqa: PLR2004 (HTTP's own)
                self._dropped = True
                await self._refuse()
                return
            _add_vary(start)
            if coding is not None and coding != IDENTITY:
                self._compressor = _COMPRESSORS[coding](-1 if more_body else len(body))
                body = await _compressed(self._compressor, body, last=not more_body)
                _describe(start, coding, None if more_body else len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": more_body})

    async def _refuse(self) -> None:
        detail = f"The request refuses the answer as it is, and compressed with {', '.join(PREFERRED)}."
        response = problem_response(
            406, detail, path=self._scope["path"], headers={"Vary": "Accept-Encoding"}
        )
        await response(self._scope, self._receive, self._send)


def _is_negotiable(start: Message) -> bool:
    """Say whether the answer could be compressed, if it were long enough."""
    headers = dict(start.get("headers", ()))
    if start["status"] == HTTPStatus.NOT_MODIFIED and b"etag" in headers:
        # It must say of the content what 200 would have said, and no longer knows how long that was.
        _add_vary(start)
        _weaken_etag(start)
    content_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    return (
        start["status"] not in _UNCHANGEABLE
        and b"content-encoding" not in headers
        and b"no-transform" not in headers.get(b"cache-control", b"").lower()
        and (content_type.startswith(_GETS_SMALLER) or content_type.endswith(("+json", "+xml")))
    )


def _accepted(scope: Scope) -> str | None:
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-encoding"]
    return ",".join(values) if values else None


def _describe(start: Message, coding: str, length: int | None) -> None:
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    headers.append((b"content-encoding", coding.encode()))
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    start["headers"] = headers
    _weaken_etag(start)


def _weaken_etag(start: Message) -> None:
    # A strong one promises the same bytes, which differ by coding (RFC 9110, 8.8.3.3).
    start["headers"] = [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value)
        for name, value in start["headers"]
    ]


def _add_vary(start: Message) -> None:
    varies = [value.lower() for name, value in start["headers"] if name == b"vary"]
    if not any(b"accept-encoding" in value or value == b"*" for value in varies):
        start["headers"] = [*start["headers"], (b"vary", b"Accept-Encoding")]


async def _compressed(compressor: Compressor, body: bytes, *, last: bool) -> bytes:
    def compress() -> bytes:
        return compressor.compress(body) + (compressor.flush() if last else b"")

    return compress() if len(body) < OFF_LOOP_BYTES else await asyncio.to_thread(compress)
