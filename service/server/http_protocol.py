"""HTTP/1.1 on one connection: uvicorn's protocol, with limits to what a client sends and how long it takes.

Every error response is a problem (RFC 9457) and the last response of its connection. So that the client can
read it, the server ends its own direction first, and discards the client's data until the client closes.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.http.problem_details import TITLES
from service.server.bounded_reads import BoundedReads
from service.server.client_presence import note_lost_connection, probe_half_closed
from service.server.connection_timeouts import STATE_KEY, Connections, Wait
from service.server.error_response import encode_error_response
from service.server.middleware.body_limit import DISCARD_BYTES
from service.server.middleware.concurrency_limit import EXEMPT_PATHS, RETRY_SECONDS
from service.server.read_queue import ReadFlow
from service.server.request_head import (
    RefusedRequestError,
    check_framing,
    check_hosts,
    hosts_in,
    to_origin_form,
)
from service.telemetry.request_stats import NO_ROUTE

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application
    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

MAX_HEAD_BYTES: Final = 32_768
"""Maximum of a request line and its headers together, as in nginx; and of the framing between two parts of a
body, such as chunk extensions and trailers."""

MAX_TARGET_BYTES: Final = 8_192
"""Maximum of a request's target. A server should accept 8,000 (RFC 9112, 3)."""

MAX_QUERY_FIELDS: Final = 100
"""Maximum number of fields of a query. The framework reads each several times: 1,600 of them, which fit into
a target, took 7 ms."""

MAX_HEADER_FIELDS: Final = 1_000
"""Maximum number of headers, and of trailers."""

MAX_PIPELINED: Final = 100
"""Maximum number of requests that wait for a response. The client must repeat further ones on another
connection."""

READ_STEP_BYTES: Final = 8_192
"""Size of the steps in which longer data is parsed, so that the limits hold within one piece of data as
well."""

PLAIN_BYTES: Final = 2_048
"""Size of data that is parsed at once: that of a few ordinary requests."""

CLOSE: Final = (b"connection", b"close")

UNPARSED_REQUEST: Final = f"{NO_ROUTE} {NO_ROUTE}"
"""Route in logs and metrics of a request that was refused before it was parsed."""

SHUTDOWN_IDLE_SECONDS: Final = 1.0
"""Time in which an idle connection stays open after the shutdown began, for a request that is on its way."""

BEYOND_LIMIT: Final = "The service has reached its limit of connections."
BEYOND_WAITING: Final = "The service has reached its limit of requests that wait."
BEYOND_UNREAD: Final = "The service has reached its limit of requests that take long to read."

_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
"""Headers that delimit a body."""

# uvicorn takes the reason phrases of the standard library, which has those of RFC 9110 since Python 3.13.
STATUS_LINE.update(
    {status: b"HTTP/1.1 %d %b\r\n" % (status, title.encode()) for status, title in TITLES.items()}
)


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
        self._reads_further = True
        self._pending_refusal: BaseException | None = None
        """Reason for which the last request is refused, after the responses to those before it."""
        self._is_beyond_limit = False
        self._part: object = self
        """The scope of a head, or the cycle of a body, that is not complete."""
        self._part_bytes = 0
        self._framing_bytes = 0
        self._unread = b""
        """Data that waits to be parsed, from `_unread_start` on."""
        self._unread_start = 0

    # --- start and end -------------------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] (uvicorn's type)
        super().connection_made(transport)
        transport.set_protocol(BoundedReads(self))
        self.flow = self._flow = ReadFlow(transport)
        if self._connections.draining:
            self.close_after_response()
        self._is_beyond_limit = not self._connections.add(self)
        if self._is_beyond_limit and not self._connections.has_reserve():
            self._refuse_beyond_limit()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.remove(self)
        self._unread = b""
        if self.cycle and not self.cycle.response_complete:
            note_lost_connection(self.cycle.scope.get("state", {}))
        super().connection_lost(exc)

    @override
    def eof_received(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride] (asyncio's type, not uvicorn's)
        # A client that ends its direction can still wait for the response to its last request.
        if self._pending_refusal:
            return True
        if self._refused or not self.cycle or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        if not self.cycle.response_started and self.cycle.scope["http_version"] == "1.1":
            probe_half_closed(self.cycle.scope.get("state", {}), self.transport)
        return True

    @override
    def shutdown(self) -> None:
        # A request that has begun to arrive, or is on its way, is still answered: the client could not know.
        self.close_after_response()
        self.loop.call_later(SHUTDOWN_IDLE_SECONDS, self._close_if_idle)

    def _close_if_idle(self) -> None:
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
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._pending_refusal:
            self._refuse_for(self._pending_refusal)

    # --- head ----------------------------------------------------------------------------------------------

    @override
    def on_url(self, url: bytes) -> None:
        self.url = url = self.url + url
        if len(url) > MAX_TARGET_BYTES:
            raise RefusedRequestError(414, f"The request's target has more than {MAX_TARGET_BYTES} bytes.")

    @override
    def on_headers_complete(self) -> None:
        parser: Any = self.parser
        version: str = parser.get_http_version()
        headers = self.scope["headers"]
        self._check_field_count()
        check_framing(version, headers)
        check_hosts(version, hosts_in(headers))
        self.url = to_origin_form(parser.get_method(), self.url)
        if self.url.count(b"&") >= MAX_QUERY_FIELDS:
            raise RefusedRequestError(400, f"The query has more than {MAX_QUERY_FIELDS} fields.")
        if version == "1.0":
            self.expect_100_continue = False  # RFC 9110, 10.1.1
        has_room = not self._is_beyond_limit and not self._connections.requests.is_full
        if not has_room and self.url.partition(b"?")[0].decode("latin-1") not in EXEMPT_PATHS:
            detail = BEYOND_LIMIT if self._is_beyond_limit else BEYOND_WAITING
            raise RefusedRequestError(503, detail, retry_after=RETRY_SECONDS)
        self._part = self
        self._framing_bytes = 0
        super().on_headers_complete()
        self.headers = []  # of the trailers, which must not become headers (RFC 9110, 6.5.1)

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        start = partial(super()._start_asgi_task, cycle, app)
        if cycle.scope["path"] in EXEMPT_PATHS:
            start()
        else:
            self._connections.requests.begin(start)

    def _check_field_count(self) -> None:
        if len(self.headers) > MAX_HEADER_FIELDS:
            detail = f"The request has more than {MAX_HEADER_FIELDS} headers or trailers."
            raise RefusedRequestError(431, detail)

    # --- data -----------------------------------------------------------------------------------------------

    @override
    def data_received(self, data: bytes) -> None:
        if len(data) <= PLAIN_BYTES and not self._unread and self._part is not self.scope:
            self._read(data)  # smaller than any step
            return
        if not self._reads_further or (len(data) <= PLAIN_BYTES and not self._unread):
            self._read_at_once(data)
            return
        was_waiting = bool(self._unread)
        self._unread = self._unread[self._unread_start :] + data
        self._unread_start = 0
        if was_waiting or not self._connections.reading.read_now(self._read_step):
            return
        self._flow.hold()
        self._connections.reading.add(self)

    def _read_at_once(self, data: bytes) -> None:
        while len(data) > (size := self._step_bytes()):
            self._read(data[:size])
            data = data[size:]
        self._read(data)

    @property
    def unread_bytes(self) -> int:
        """Size of the data that waits."""
        return len(self._unread) - self._unread_start

    def refuse_unread(self) -> None:
        """Refuse the request that the data belongs to, and discard the data."""
        self._unread = b""
        self._unread_start = 0
        if self._reads_further:
            self._stop_reading(RefusedRequestError(503, BEYOND_UNREAD, retry_after=RETRY_SECONDS))
        self._flow.release()

    def read_step(self) -> bool:
        """Parse one step of the data that waits; return whether more waits."""
        more = self._read_step()
        if not more:
            self._flow.release()
        return more

    def _read_step(self) -> bool:
        start = self._unread_start
        end = self._unread_start = start + self._step_bytes()
        step = self._unread[start:end]
        if end >= len(self._unread):
            self._unread = b""
            self._unread_start = 0
        if step:
            self._read(step)
        return bool(self._unread)

    def _step_bytes(self) -> int:
        """Return the size of the next step: at most what is left of the limit of a head."""
        if self._part is self.scope and self._reads_further and self._head_has_begun():
            return min(READ_STEP_BYTES, MAX_HEAD_BYTES - self._part_bytes)
        return READ_STEP_BYTES

    def _read(self, data: bytes) -> None:
        """Parse a piece of data."""
        size = len(data)
        try:
            while True:
                try:
                    self.parser.feed_data(data)
                except HttpParserUpgrade as upgrade:
                    data = data[upgrade.args[0] :]
                    self._ignore_upgrade()
                else:
                    break
        except HttpParserCallbackError as error:
            self._stop_reading(error.__context__ or error)  # what the callback raised
        except HttpParserError as error:
            self._stop_reading(error)
        cycle = self.cycle
        if not cycle or cycle.more_body or cycle.scope is not self.scope or self.pipeline:
            self._count(size)

    def _count(self, size: int) -> None:
        """Check the limits of a head or body that is not complete."""
        if not self._reads_further or self.transport.is_closing():
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
        self._framing_bytes += size
        if in_head:
            if self._part_bytes >= MAX_HEAD_BYTES:
                self._stop_reading(
                    RefusedRequestError(431, f"The request's head has more than {MAX_HEAD_BYTES} bytes.")
                )
        elif self._framing_bytes > MAX_HEAD_BYTES:
            detail = f"The framing of the request's body has more than {MAX_HEAD_BYTES} bytes."
            self._stop_reading(RefusedRequestError(431, detail))
        elif self._part_bytes > self._connections.maximum_body_bytes:
            self.transport.abort()

    @override
    def on_body(self, body: bytes) -> None:
        self._framing_bytes = 0
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._check_field_count()
        self._framing_bytes = 0
        self.cycle.more_body = False  # after a response, too
        self.cycle.waiting_for_100_continue = False  # there is nothing left to wait for
        super().on_message_complete()

    def _stop_reading(self, reason: BaseException) -> None:
        """Refuse what cannot be read, after the responses to the requests before it."""
        cycle = self.cycle
        in_body = bool(cycle) and cycle.more_body and not self._head_has_begun()
        if in_body and self.pipeline:
            self.pipeline.popleft()  # the request of this body, which has not begun
            cycle.response_complete = True
            cycle.more_body = False
        elif not cycle or cycle.response_complete or in_body:
            self._refuse_for(reason)
            return
        self._pending_refusal = reason
        self._discard_data()

    def _refuse_for(self, reason: BaseException) -> None:
        if isinstance(reason, RefusedRequestError):
            self._refuse(reason.status, reason.detail, retry_after=reason.retry_after)
        else:
            if not isinstance(reason, HttpParserError | UnicodeDecodeError):  # a callback failed by itself
                self.logger.error("a request could not be read", exc_info=reason)
            self._refuse(400, "The request is not valid HTTP/1.1.")

    def _read_no_further(self) -> None:
        """Answer the requests that are complete, and then close."""
        self.cycle.keep_alive = False
        self._discard_data()

    def _discard_data(self) -> None:
        self._reads_further = False
        self.parser = _Discard(self.transport)

    def _ignore_upgrade(self) -> None:
        """Continue with HTTP/1.1 after the head of a request with `Upgrade` (RFC 9110, 7.8).

        There the parser stops, as if the request had no body. Another one reads the body, and what follows.
        """
        cycle = self.cycle
        if cycle.scope["method"] == "CONNECT":
            self._read_no_further()
            return
        framing = [b"%b: %b\r\n" % header for header in cycle.scope["headers"] if header[0] in _FRAMING]
        if framing:
            cycle.more_body = True
            cycle.waiting_for_100_continue = self.expect_100_continue
            cycle.message_event.clear()
            self.parser = HttpRequestParser(_AfterHead(self))
            self.parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(framing))

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
        if cycle and cycle.more_body and not self._unread:
            return Wait.BODY, cycle
        if self._unread or (cycle and not cycle.response_complete):
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

    def shed(self, wait: Wait) -> None:
        """End a wait at once, as another connection needs the place of this one."""
        if wait is Wait.CLOSE or wait is Wait.READ:
            self.transport.abort()
            return
        if wait is Wait.BODY or self._head_has_begun():
            self._refuse_beyond_limit()
        self.transport.close()

    def _refuse_beyond_limit(self) -> None:
        self._refuse(503, BEYOND_LIMIT, retry_after=RETRY_SECONDS)

    def _refuse(self, status: int, detail: str, *, retry_after: int = 0) -> None:
        self._refused = True
        self._reads_further = False
        cycle = self.cycle
        if cycle and (cycle.more_body or not cycle.response_complete):
            if cycle.response_started or self.pipeline:
                self.transport.abort()  # another response has begun
                return
            # The application learns that the client is gone, and the reason for the log.
            cycle.disconnected = True
            cycle.waiting_for_100_continue = False
            cycle.scope.get("state", {})["refused"] = status
            cycle.message_event.set()
        response, request_id = encode_error_response(
            status,
            detail,
            url=self.url if self.scope else b"",
            request_headers=self.scope["headers"] if self.scope else (),
            server_headers=self.server_state.default_headers,
            instance_id=self._connections.instance_id,
            retry_after=retry_after,
        )
        if not cycle or cycle.response_complete:
            self._connections.stats.record(
                UNPARSED_REQUEST, status, perf_counter(), request_id, size=len(response)
            )
        self._discard_data()
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


class _AfterHead:
    """Callbacks of a parser that begins with a head that was parsed before."""

    def __init__(self, connection: LimitedHttpProtocol) -> None:
        self._connection = connection
        self._is_repeated = True
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        if not self._is_repeated:
            self._connection.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._is_repeated:
            self._connection.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_repeated:
            self._connection.on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self._is_repeated:
            self._connection.on_headers_complete()
        self._is_repeated = False
