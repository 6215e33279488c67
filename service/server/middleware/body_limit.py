"""Refuses a body that is too large, and reads every other one whole before the application is called.

Whoever is refused must be able to read why. A server that answers and closes while the client still sends
makes the client's system drop the answer (RFC 9112, 9.6), so the rest of a refused body is read first, within
bounds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from service.http.problem_details import problem_response
from service.http.replay import replay

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DISCARD_BYTES: Final = 16 * 1_048_576
"""Of a refused body, no more than this is read and thrown away."""

DISCARD_SECONDS: Final = 5.0
"""Nor for any longer than this."""

HELD_BODIES: Final = 64
"""Of the largest size, no more than this are held at once; else many who send slowly would fill memory."""


class BodyLimit:
    """ASGI middleware: answers 413 where the body has more than `max_bytes` bytes, announced or counted."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = _announced_bytes(scope["headers"])
        if announced == 0:
            await self._app(scope, receive, send)
        elif announced is not None and announced > self._max_bytes:
            # A client that waits to be told to continue has sent nothing yet, and to read would tell it so.
            waits = any(name == b"expect" for name, _ in scope["headers"])
            await self._refuse(scope, receive, send, all_read=not waits and await _discard(receive))
        else:
            body = bytearray()
            try:
                await self._read_whole(body, scope, receive, send)
            finally:
                self._held -= len(body)

    async def _read_whole(self, body: bytearray, scope: Scope, receive: Receive, send: Send) -> None:
        more_body = True
        while more_body:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            piece = message.get("body", b"")
            body += piece
            self._held += len(piece)
            more_body = message.get("more_body", False)
            if len(body) > self._max_bytes:
                all_read = not more_body or await _discard(receive)
                await self._refuse(scope, receive, send, all_read=all_read)
                return
            if self._held > HELD_BODIES * self._max_bytes:
                await self._send_away(scope, receive, send, all_read=not more_body)
                return
        whole: Message = {"type": "http.request", "body": bytes(body), "more_body": False}
        await self._app(scope, replay((whole,), receive), send)

    async def _send_away(self, scope: Scope, receive: Receive, send: Send, *, all_read: bool) -> None:
        response = problem_response(
            503,
            "The service holds as many bodies as it can.",
            path=scope["path"],
            headers={"Retry-After": "1"} | ({} if all_read else {"Connection": "close"}),
        )
        await response(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, *, all_read: bool) -> None:
        response = problem_response(
            413,
            f"The body has more than {self._max_bytes} bytes.",
            path=scope["path"],
            headers=None if all_read else {"Connection": "close"},
        )
        await response(scope, receive, send)


def _announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return how long the body is to be by its headers; None where only counting can tell."""
    announced: int | None = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            announced = int(value) if value.isdigit() and len(value) <= len(str(2**63)) else None
    return announced


async def _discard(receive: Receive) -> bool:
    """Read the rest of a body and throw it away; say whether that was all of it."""
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
