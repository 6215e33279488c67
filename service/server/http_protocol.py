"""HTTP/1.1 on one connection: uvicorn's protocol, with limits to what a client sends and how long it takes.

Every error response is a problem (RFC 9457) and the last response of its connection. So that the client can
read it, the server ends its own direction first, and discards the client's data until the client closes.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.server.connection_timeouts import STATE_KEY, Connections, Wait
from service.server.error_response import encode_error_response
from service.server.middleware.body_limit import DISCARD_BYTES
from service.server.middleware.concurrency_limit import RETRY_SECONDS
from service.telemetry.request_stats import NO_ROUTE

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

MAX_HEAD_BYTES: Final = 32_768
"""Maximum of a request line and its headers together, as in nginx."""

MAX_TARGET_BYTES: Final = 8_192
"""Maximum of a request's target. A server should accept 8,000 (RFC 9112, 3)."""

MAX_HEADER_FIELDS: Final = 1_000
"""Maximum number of headers and trailers together."""

MAX_PIPELINED: Final = 100
"""Maximum number of requests that wait for a response. The client must repeat further ones on another
connection."""

READ_STEP_BYTES: Final = 8_192
"""Size of the steps in which longer data is parsed, so that the limits hold within one piece of data as
well."""

CLOSE: Final = (b"connection", b"close")

UNPARSED_REQUEST: Final = f"{NO_ROUTE} {NO_ROUTE}"
"""Route in logs and metrics of a request that was refused before it was parsed."""

_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
"""Headers that delimit a body."""


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection with limits; its timeouts are those of `Connections`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._connections: Connections = app_state[STATE_KEY]
        self._refused = False
        self._part: object = None
        self._part_bytes = 0

    # --- start and end -------------------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] (uvicorn's type)
        super().connection_made(transport)
        if self._connections.draining:
            self.close_after_response()
        if not self._connections.add(self):
            self._refuse(503, "The service has reached its limit of connections.", retry_after=RETRY_SECONDS)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.remove(self)
        super().connection_lost(exc)

    @override
    def eof_received(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride] (asyncio's type, not uvicorn's)
        # A client that ends its direction can still wait for the response to its last request.
        if self._refused or not self.cycle or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    @override
    def shutdown(self) -> None:
        # A request that has begun to arrive is still answered: the client could not know of the shutdown.
        if not self._head_has_begun():
            super().shutdown()

    def close_after_response(self) -> None:
        """Make the response in progress, or otherwise the next one, the connection's last."""
        # uvicorn adds these headers to every response, and closes the connection as they say. It makes the
        # second list from the first one once a second.
        if CLOSE not in self.config.encoded_headers:
            self.config.encoded_headers.append(CLOSE)
            self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        if self.cycle and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    @override
    def on_response_complete(self) -> None:
        # uvicorn's own method would also start a timer, but `Connections` checks idle connections already.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    # --- data -----------------------------------------------------------------------------------------------

    @override
    def data_received(self, data: bytes) -> None:
        if len(data) <= READ_STEP_BYTES:
            self._read(data)
        else:
            for start in range(0, len(data), READ_STEP_BYTES):
                self._read(data[start : start + READ_STEP_BYTES])

    def _read(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except HttpParserError:
            self._unreadable()
        except HttpParserUpgrade as upgrade:
            self._stay_with_http(data[upgrade.args[0] :])
        cycle = self.cycle
        if not cycle or cycle.more_body or cycle.scope is not self.scope or self.pipeline:
            self._count(len(data))

    def _count(self, size: int) -> None:
        """Check the limits of a head or body that is not complete."""
        if self._refused or self.transport.is_closing():
            return
        if len(self.pipeline) > MAX_PIPELINED:
            self._read_no_further()
            return
        in_head = self._head_has_begun()
        part = self.scope if in_head else self.cycle
        if part is not self._part:
            self._part = part
            self._part_bytes = 0
        self._part_bytes += size
        if not in_head:
            if self.headers and len(self.headers) > MAX_HEADER_FIELDS:
                self._refuse(431, f"The request has more than {MAX_HEADER_FIELDS} headers and trailers.")
            elif self._part_bytes > self._connections.maximum_body_bytes:
                self.transport.abort()
        elif self._part_bytes > MAX_HEAD_BYTES:
            if len(self.url) > MAX_TARGET_BYTES:
                self._refuse(414, f"The request's target has more than {MAX_TARGET_BYTES} bytes.")
            else:
                self._refuse(431, f"The request's head has more than {MAX_HEAD_BYTES} bytes.")

    def _unreadable(self) -> None:
        cycle = self.cycle
        if not cycle or cycle.response_complete or cycle.more_body:
            self._refuse(400, "The request is not valid HTTP/1.1.")
        else:
            self._read_no_further()

    def _read_no_further(self) -> None:
        """Answer the requests that are complete, and then close."""
        self.cycle.keep_alive = False
        self.parser = _Discard(self.transport)

    def _stay_with_http(self, rest: bytes) -> None:
        """Answer a request with `Upgrade` in HTTP/1.1 (RFC 9110, 7.8).

        The parser stops after its head, and would parse its body as the next request.
        """
        cycle = self.cycle
        framing = [b"%b: %b\r\n" % header for header in self.headers if header[0] in _FRAMING]
        if cycle.scope["method"] == "CONNECT":
            self._read_no_further()
        elif framing:
            cycle.keep_alive = False
            cycle.more_body = True
            cycle.message_event.clear()
            self.parser = HttpRequestParser(_Body(self))
            self._read(b"POST / HTTP/1.1\r\n%b\r\n%b" % (b"".join(framing), rest))
        elif rest:
            self._read(rest)

    # --- timeouts ------------------------------------------------------------------------------------------

    def _head_has_begun(self) -> bool:
        """Return whether a head has begun to arrive, but is not complete."""
        return bool(self.scope) and (not self.cycle or self.cycle.scope is not self.scope)

    def current_wait(self) -> tuple[Wait, object] | None:
        """Return the current wait, and an object that stays the same as long as the wait does."""
        cycle = self.cycle
        if self._refused:
            return Wait.CLOSE, self
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            return Wait.READ, cycle
        if cycle and cycle.more_body:
            return Wait.BODY, cycle
        if cycle and not cycle.response_complete:
            return None
        if self._head_has_begun():
            return Wait.HEAD, self.scope
        return (Wait.IDLE, cycle) if cycle else (Wait.HEAD, self)

    def time_out(self, wait: Wait) -> None:
        """End a wait that took too long."""
        if wait is Wait.IDLE or (wait is Wait.HEAD and not self._head_has_begun()):
            self.transport.close()
        elif wait is Wait.HEAD:
            self._refuse(408, "The head of the request took too long to arrive.")
        elif wait is Wait.BODY:
            self._refuse(408, "The body of the request took too long to arrive.")
        else:
            self.transport.abort()

    def _refuse(self, status: int, detail: str, *, retry_after: int = 0) -> None:
        self._refused = True
        cycle = self.cycle
        if cycle and (cycle.more_body or not cycle.response_complete):
            if cycle.response_started or self.pipeline:
                self.transport.abort()  # another response has begun
                return
            # The application learns that the client is gone, and the reason for the log.
            cycle.disconnected = True
            cycle.scope.get("state", {})["refused"] = status
            cycle.message_event.set()
        response, request_id = encode_error_response(
            status,
            detail,
            url=self.url if self.scope else b"",
            request_headers=self.headers or (),
            server_headers=self.server_state.default_headers,
            instance_id=self._connections.instance_id,
            retry_after=retry_after,
        )
        if not cycle or cycle.response_complete:
            self._connections.stats.record(
                UNPARSED_REQUEST, status, perf_counter(), request_id, size=len(response)
            )
        self.parser = _Discard(self.transport)
        self.flow.resume_reading()
        self.transport.write(response)
        self.transport.write_eof()


class _Discard:
    """Parser of a connection after its last response: it discards all data."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._left = DISCARD_BYTES

    def feed_data(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()


class _Body:
    """Callbacks of a parser that parses only a body."""

    def __init__(self, connection: LimitedHttpProtocol) -> None:
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete
