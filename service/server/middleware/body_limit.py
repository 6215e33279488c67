"""Limit of the size of request bodies, which are read whole before the application runs.

A client must be able to read the refusal. If a server answers and closes while the client still sends, the
client's system drops the response (RFC 9112, 9.6). Therefore the rest of a refused body is read first, within
limits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from service.http.agreement import noun_for
from service.http.problem_details import problem_response
from service.http.replay import replay
from service.server.middleware.expect_continue import answer_without_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DISCARD_BYTES: Final = 16 * 1_048_576
"""Maximum that is read and discarded of a refused body."""

DISCARD_SECONDS: Final = 5.0
"""Maximum time for that."""

MAX_FLOWER_BODY_BYTES: Final = 16_384
"""Maximum size of a body that is no batch: a hundred times what four lengths need. A larger one could contain
so much JSON that parsing it delays other requests. AWS WAF refuses such bodies above 8 KB already."""

MAX_CONTENT_TYPE_BYTES: Final = 1_024
"""Maximum size of `Content-Type`. The standard library parses its parameters in time that grows with the
square of their length: two seconds for 32 KB."""

HELD_BODIES: Final = 64
"""Maximum of bodies of the largest size in memory at once. Beyond it, those that have paused for longest are
refused."""


class BodyLimit:
    """ASGI middleware: answers 413 if `Content-Length` announces more than allowed, or more arrive."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, is_batch_path: Callable[[str], bool]) -> None:
        """Create the middleware.

        Args:
            app: The next layer.
            max_bytes: Maximum size of a body.
            is_batch_path: Whether a path is one of batches. Other bodies have up to `MAX_FLOWER_BODY_BYTES`.
        """
        self._app = app
        self._max_bytes = max_bytes
        self._max_flower_bytes = min(max_bytes, MAX_FLOWER_BODY_BYTES)
        self._is_batch_path = is_batch_path
        self._held = 0
        self._arriving: dict[asyncio.Timeout, bytearray] = {}
        """Bodies that are not complete; the one that has paused for longest is first."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = _announced_bytes(scope["headers"])
        maximum = self._max_bytes if self._is_batch_path(scope["path"]) else self._max_flower_bytes
        if _has_long_content_type(scope["headers"]):
            detail = f"Content-Type has more than {MAX_CONTENT_TYPE_BYTES} bytes."
            await _refuse(431, detail, scope, receive, send, all_read=await _discard(receive))
            return
        if announced == 0:
            await self._app(scope, receive, send)
            return
        # A client that waits for 100 (Continue) has sent nothing yet, and reading would send it.
        waits = any(name == b"expect" for name, _ in scope["headers"])
        if announced is not None and announced > maximum:
            all_read = not waits and await _discard(receive)
            await _refuse_too_large(maximum, scope, receive, send, all_read=all_read)
        elif not (waits and await answer_without_body(self._app, scope, send)):
            body = bytearray()
            try:
                await self._read_whole(body, maximum, scope, receive, send)
            finally:
                self._held -= len(body)

    async def _read_whole(
        self, body: bytearray, maximum: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            async with asyncio.timeout(None) as arrival:
                try:
                    more_body = True
                    while more_body:
                        message = await receive()
                        if message["type"] == "http.disconnect":
                            return
                        more_body = message.get("more_body", False)
                        self._add(message.get("body", b""), body, arrival)
                        if len(body) > maximum:
                            all_read = not more_body or await _discard(receive)
                            await _refuse_too_large(maximum, scope, receive, send, all_read=all_read)
                            return
                finally:
                    self._arriving.pop(arrival, None)
        except TimeoutError:
            await _refuse_for_memory(scope, receive, send, all_read=False)
            return
        if self._held > HELD_BODIES * self._max_bytes:
            await _refuse_for_memory(scope, receive, send, all_read=True)
            return
        whole: Message = {"type": "http.request", "body": bytes(body), "more_body": False}
        await self._app(scope, replay((whole,), receive), send)

    def _add(self, piece: bytes, body: bytearray, arrival: asyncio.Timeout) -> None:
        """Add a piece to a body, and make room for it."""
        if arrival.when() is not None:
            raise TimeoutError  # the body has made room for another one, and the task learns it only now
        body += piece
        self._held += len(piece)
        self._arriving.pop(arrival, None)
        while self._held > HELD_BODIES * self._max_bytes and self._arriving:
            slowest = next(iter(self._arriving))
            dropped = self._arriving.pop(slowest)
            self._held -= len(dropped)
            dropped.clear()
            slowest.reschedule(asyncio.get_running_loop().time())
        self._arriving[arrival] = body


async def _refuse_too_large(
    maximum: int, scope: Scope, receive: Receive, send: Send, *, all_read: bool
) -> None:
    detail = f"The body has more than {maximum} {noun_for(maximum, 'byte')}."
    await _refuse(413, detail, scope, receive, send, all_read=all_read)


async def _refuse(
    status: int, detail: str, scope: Scope, receive: Receive, send: Send, *, all_read: bool
) -> None:
    headers = None if all_read else {"Connection": "close"}
    await problem_response(status, detail, path=scope["path"], headers=headers)(scope, receive, send)


def _has_long_content_type(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and len(value) > MAX_CONTENT_TYPE_BYTES for name, value in headers)


def _announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return the length of the body by its headers; None if they do not announce it."""
    announced: int | None = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            announced = int(value) if value.isdigit() and len(value) <= len(str(2**63)) else None
    return announced


async def _discard(receive: Receive) -> bool:
    """Read and discard the rest of a body; return whether its end was reached."""
    left = DISCARD_BYTES
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            while left > 0:
                message = await receive()
                if not message.get("more_body", False):
                    return True
                left -= len(message.get("body", b""))
    except TimeoutError:
        pass
    return False


async def _refuse_for_memory(scope: Scope, receive: Receive, send: Send, *, all_read: bool) -> None:
    response = problem_response(
        503,
        "The service has reached its limit of memory for request bodies.",
        path=scope["path"],
        headers={"Retry-After": "1"} | ({} if all_read else {"Connection": "close"}),
    )
    await response(scope, receive, send)
