"""HTTP/1.1 on one connection: uvicorn's, with bounds to what a client may send and how long it may take.

Every refusal is a problem (RFC 9457) and the connection's last answer. The client must be able to read it:
the server says that it sends no more, and throws away what still comes until the client closes.
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
"""Of a request line and headers together; nginx takes as many."""

MAX_TARGET_BYTES: Final = 8_192
"""Of what is requested. A server should take 8,000 (RFC 9112, 3)."""

MAX_HEADER_FIELDS: Final = 1_000
"""Of header and trailer together."""

MAX_PIPELINED: Final = 100
"""Requests sent ahead of answers. What comes after them has to be sent again, on another connection."""

READ_STEP_BYTES: Final = 8_192
"""A longer piece of data is read in steps, so that a head cannot pass in one go however long it is."""

CLOSE: Final = (b"connection", b"close")


UNPARSED_REQUEST: Final = f"{NO_ROUTE} {NO_ROUTE}"
"""Noted as the route of a request that was refused before it was read."""

_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
"""Headers that say where a body ends."""


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection; `Connections` decides when its client has kept it waiting for too long."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._watch: Connections = app_state[STATE_KEY]
        self._refused = False
        self._part: object = None
        self._part_bytes = 0

    # --- beginning and end ----------------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] (uvicorn's type)
        super().connection_made(transport)
        if self._watch.draining:
            self.close_after_response()
        if not self._watch.add(self):
            self._refuse(503, "The service has as many connections as it takes.", wait=RETRY_SECONDS)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.remove(self)
        super().connection_lost(exc)

    @override
    def eof_received(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride] (asyncio's type, not uvicorn's)
        # Whoever says that nothing more will be sent may still wait for the answer to what was.
        if self._refused or not self.cycle or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    @override
    def shutdown(self) -> None:
        # A request of which something has come is still answered: it was sent before the client could know.
        if not self._head_has_begun():
            super().shutdown()

    def close_after_response(self) -> None:
        """Let the answer under way, or else the next one, be the connection's last."""
        # The server sends these headers with every answer and closes where they say so. The second list is
        # made from the first one once a second.
        if CLOSE not in self.config.encoded_headers:
            self.config.encoded_headers.append(CLOSE)
            self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        if self.cycle and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    @override
    def on_response_complete(self) -> None:
        # As in uvicorn, but for a timer at every request: how long a connection is idle is looked at anyway.
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
        """Bound what has come of a head or of a body that is not complete."""
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
            elif self._part_bytes > self._watch.maximum_body_bytes:
                self.transport.abort()
        elif self._part_bytes > MAX_HEAD_BYTES:
            if len(self.url) > MAX_TARGET_BYTES:
                self._refuse(414, f"The request's target has more than {MAX_TARGET_BYTES} bytes.")
            else:
                self._refuse(431, f"The request's head has more than {MAX_HEAD_BYTES} bytes.")

    def _unreadable(self) -> None:
        cycle = self.cycle
        if not cycle or cycle.response_complete or cycle.more_body:
            self._refuse(400, "The request is not HTTP/1.1 that can be read.")
        else:
            self._read_no_further()

    def _read_no_further(self) -> None:
        """Answer the whole requests that have come, and then close."""
        self.cycle.keep_alive = False
        self.parser = _Discard(self.transport)

    def _stay_with_http(self, rest: bytes) -> None:
        """Answer a request that offers another protocol as if it did not (RFC 9110, 7.8).

        The parser stops after its head, and would read its body as the next request.
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

    # --- what it waits for ----------------------------------------------------------------------------------

    def _head_has_begun(self) -> bool:
        """Say whether something of a head has come, but not all of it."""
        return bool(self.scope) and (not self.cycle or self.cycle.scope is not self.scope)

    def current_wait(self) -> tuple[Wait, object] | None:
        """Say what it waits for, with an object that is the same as long as it is the same wait."""
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
            self._refuse(408, "The head of the request took too long to come.")
        elif wait is Wait.BODY:
            self._refuse(408, "The body of the request took too long to come.")
        else:
            self.transport.abort()

    def _refuse(self, status: int, detail: str, *, wait: int = 0) -> None:
        self._refused = True
        cycle = self.cycle
        if cycle and (cycle.more_body or not cycle.response_complete):
            if cycle.response_started or self.pipeline:
                self.transport.abort()  # what was begun cannot be taken back
                return
            # The application learns that nobody listens any more, and notes why.
            cycle.disconnected = True
            cycle.scope.get("state", {})["refused"] = status
            cycle.message_event.set()
        response, name = encode_error_response(
            status,
            detail,
            url=self.url if self.scope else b"",
            request=self.headers or (),
            server=self.server_state.default_headers,
            instance_id=self._watch.instance_id,
            wait=wait,
        )
        if not cycle or cycle.response_complete:
            self._watch.stats.record(UNPARSED_REQUEST, status, perf_counter(), name, size=len(response))
        self.parser = _Discard(self.transport)
        self.flow.resume_reading()
        self.transport.write(response)
        self.transport.write_eof()


class _Discard:
    """Takes the place of a parser whose connection is at its end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._left = DISCARD_BYTES

    def feed_data(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()


class _Body:
    """Hears of a body alone what a parser has to tell."""

    def __init__(self, connection: LimitedHttpProtocol) -> None:
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete
