"""Limit of concurrent batches, apart from that of other requests: a batch takes a thousand times as long.

A worker computes one batch at a time, in steps of milliseconds, so that a request for one flower waits for
one step of one batch. Further batches wait for their turn for a short time. A batch counts against the limit
until its response has been sent, because a client that reads slowly keeps the response in memory.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from service.http.agreement import noun_for
from service.server.client_presence import has_client_left
from service.server.middleware.concurrency_limit import send_unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

WAIT_SECONDS: Final = 1.0
"""Maximum time that a batch waits for its turn."""

WAITING_PER_PLACE: Final = 4
"""Maximum number of batches that wait, per batch that the limit allows."""

SLOW_READ_SECONDS: Final = 2.0
"""Time that a client has to read the response to a batch while other batches wait for the memory."""

SENT_BYTES: Final = 65_536
"""Maximum size of one message of a response. The server accepts the next one once the client has read most of
it, and so does not hold the whole response a second time."""


class BatchLimit:
    """ASGI middleware: answers 503 to a batch that cannot begin in time."""

    def __init__(self, app: ASGIApp, *, is_batch: Callable[[Scope], bool], max_batches: int) -> None:
        """Create the middleware.

        Args:
            app: The next layer.
            is_batch: Whether a request is a batch.
            max_batches: Maximum number of batches of which the body is being worked on, or the response sent.
        """
        self._app = app
        self._is_batch = is_batch
        self._max_batches = max_batches
        self._places = asyncio.Semaphore(max_batches)
        self._computing = asyncio.Lock()
        self._waiting = 0
        self._responses: dict[_Response, None] = {}
        """Responses that are being sent, the oldest first."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http" or not self._is_batch(scope):
            await self._app(scope, receive, send)
        elif not await self._enter():
            batches = noun_for(self._max_batches, "batch", "batches")
            detail = f"The service has reached its limit of {self._max_batches} concurrent {batches}."
            await send_unavailable(detail, scope, receive, send)
        else:
            try:
                await self._serve(scope, receive, send)
            finally:
                self._places.release()

    async def _enter(self) -> bool:
        """Wait for a place and for the turn to compute; return whether both were free in time."""
        if self._waiting >= WAITING_PER_PLACE * self._max_batches:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                if self._places.locked():
                    self._end_slowest_response()
                await self._places.acquire()
                try:
                    await self._computing.acquire()
                except BaseException:
                    self._places.release()
                    raise
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = _Response(send, self._computing)
        self._responses[response] = None
        try:
            # A client may have left while its batch waited. Other requests that have arrived come first.
            state = scope.setdefault("state", {})
            has_client_left(state)
            await asyncio.sleep(0)
            if not has_client_left(state):
                async with response.deadline:
                    await self._app(scope, receive, response.send)
        except TimeoutError:
            if not response.deadline.expired():
                raise
        finally:
            response.end_computing()
            del self._responses[response]

    def _end_slowest_response(self) -> None:
        """End a response whose client has not read it in time; its connection is closed."""
        now = asyncio.get_running_loop().time()
        for response in self._responses:
            if response.sent_since is not None and now - response.sent_since > SLOW_READ_SECONDS:
                with suppress(RuntimeError):  # it has just ended by itself
                    response.deadline.reschedule(now)
                return


class _Response:
    """Response to one batch."""

    def __init__(self, send: Send, computing: asyncio.Lock) -> None:
        self._send = send
        self._computing: asyncio.Lock | None = computing
        self.deadline = asyncio.timeout(None)
        """Ends the request when it is rescheduled."""
        self.sent_since: float | None = None
        """Start of the response, by the event loop's clock."""

    def end_computing(self) -> None:
        """Release the turn to compute for the next batch."""
        if self._computing:
            self._computing.release()
            self._computing = None

    async def send(self, message: Message) -> None:
        """Send a message of the application (ASGI) in pieces that the client reads one after the other."""
        if self.sent_since is None:
            self.sent_since = asyncio.get_running_loop().time()
            self.end_computing()
        body = message.get("body", b"")
        if len(body) <= SENT_BYTES:
            await self._send(message)
            return
        for start in range(0, len(body), SENT_BYTES):
            end = start + SENT_BYTES
            more_body = end < len(body) or message.get("more_body", False)
            await self._send({"type": message["type"], "body": body[start:end], "more_body": more_body})
