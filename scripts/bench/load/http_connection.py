"""HTTP/1.1 connection of the load generator, with one request at a time.

It is written by hand over the parser of the service (httptools), because it shares the processor with the
service that it loads: httpx takes ten times as long for a request.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httptools
from typing_extensions import override

if TYPE_CHECKING:
    from typing import Any


@dataclass(slots=True)
class HttpResponse:
    """Response to a request."""

    status: int = 0
    body: bytes = b""
    served_by: str = ""
    """Value of `X-Served-By`, the name of the instance."""


class ConnectionLostError(ConnectionError):
    """The connection ended before the response."""


class HttpConnection(asyncio.Protocol):
    """Connection to the service."""

    def __init__(self) -> None:
        """Create a connection that is not yet open."""
        self.is_open = False
        self.idle_since = 0.0
        """Time of the event loop at which it was opened, or its last response was complete."""
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._response = HttpResponse()
        self._waiting: asyncio.Future[HttpResponse] | None = None

    async def send(self, request: bytes) -> HttpResponse:
        """Send a request and return its response.

        Raises:
            ConnectionLostError: The connection ends before.
        """
        if self._transport is None or not self.is_open:
            raise ConnectionLostError("the connection was closed")
        self._parser = httptools.HttpResponseParser(self)
        self._response = HttpResponse()
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await waiting
        finally:
            self._waiting = None

    def close(self) -> None:
        """Close the connection."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # Of asyncio:

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue] - that of a stream
        self.is_open = True
        self.idle_since = asyncio.get_running_loop().time()

    @override
    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"no HTTP/1.1: {error}")

    @override
    def eof_received(self) -> None:
        self._fail("the service closed the connection")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(str(exc or "the service closed the connection"))

    # Of httptools:

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the name of the instance."""
        if name.lower() == b"x-served-by":
            self._response.served_by = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Append a part of the body."""
        self._response.body += body

    def on_message_complete(self) -> None:
        """Return the response to the sender, unless it announces another one (1xx)."""
        self._response.status = self._parser.get_status_code()
        if self._response.status < 200:  # noqa: PLR2004 - an informational response (RFC 9110, 15.2)
            return
        if not self._parser.should_keep_alive():
            self.close()
        self.idle_since = asyncio.get_running_loop().time()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._response)

    def _fail(self, reason: str) -> None:
        self.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionLostError(reason))
