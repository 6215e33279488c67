"""HTTP/1.1 connection that answers plain requests while it reads them, without a task for each.

Starting a task takes longer than the answer itself. The connection takes the requests that
`FastPathMiddleware` would answer the same way; any unusual request, or unusual state of the connection, goes
the server's way.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from service.fast_path.asgi import STATE_KEY
from service.fast_path.classify import CLASSIFY_PATH, encode_headers, identifying_headers
from service.server.http_protocol import MAX_HEADER_FIELDS, LimitedHttpProtocol
from service.server.request_head import RefusedRequestError, check_hosts, hosts_in
from service.telemetry.request_id import TRACEPARENT_HEADER

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from service.fast_path.asgi import FastPathMiddleware
    from service.fast_path.classify import Header

_METHODS: Final = {b"GET": "GET", b"POST": "POST"}


class FastPathProtocol(LimitedHttpProtocol):
    """One connection whose plain requests are answered immediately.

    A request is held back from the server between its head and its end if both arrive in one piece of data.
    No timeout ever starts while a request is held, so those of `LimitedHttpProtocol` keep their meaning.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._fast_path: FastPathMiddleware = app_state[STATE_KEY]
        self._held_identifiers: Sequence[Header] | None = None
        """Headers that identify the request that is held back; None where there is none."""
        self._method: str | None = None
        self._plain_method: str | None = None
        self._plain_headers: Sequence[Header] = ()
        self._plain_identifiers: Sequence[Header] = ()
        """The last request whose headers were plain: most requests of a connection have the same headers."""
        self._valid_hosts: Sequence[bytes] = ()
        """`Host` of the last request whose `Host` was valid."""
        self._held_body = b""
        self._server_headers: Sequence[Header] = ()
        self._encoded_server_headers = b""

    @override
    def on_headers_complete(self) -> None:
        cycle = self.cycle
        parser: Any = self.parser
        self._method = _METHODS.get(parser.get_method())
        if (
            self.url.startswith(CLASSIFY_PATH)
            and self._method
            and (not cycle or cycle.response_complete)
            and not self._connections.draining
            and not self.flow.write_paused
            and not self._is_beyond_limit
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
        ):
            if self.headers == self._plain_headers and self._method == self._plain_method:
                self._held_identifiers = self._plain_identifiers
            else:
                self._held_identifiers = self._identifiers()
            self._held_body = b""
        if self._held_identifiers is None:
            super().on_headers_complete()

    def _identifiers(self) -> Sequence[Header] | None:
        """Return the headers that identify the request, or None if another one is not plain."""
        headers = self.headers
        identifiers = identifying_headers(headers, has_body=self._method == "POST")
        if identifiers is None or len(headers) > MAX_HEADER_FIELDS:
            return None
        hosts = hosts_in(headers)
        if hosts != self._valid_hosts:
            try:
                check_hosts("1.1", hosts)
            except RefusedRequestError:
                return None
            self._valid_hosts = hosts
        self._plain_method, self._plain_headers, self._plain_identifiers = self._method, headers, identifiers
        return identifiers

    @override
    def on_body(self, body: bytes) -> None:
        if self._held_identifiers is None:
            super().on_body(body)
        else:
            self._held_body += body

    @override
    def on_message_complete(self) -> None:
        if self._held_identifiers is None or not self._respond(self._held_identifiers):
            self._release()
            super().on_message_complete()

    @override
    def _count(self, size: int) -> None:
        try:
            self._release()  # its body is not complete
        except RefusedRequestError as refusal:  # the parser would have caught it
            self._stop_reading(refusal)
        super()._count(size)

    def _respond(self, identifiers: Sequence[Header]) -> bool:
        """Answer the request that is held back, and return whether the fast path could."""
        started = perf_counter()
        path, _, query = self.url.partition(b"?")
        response = self._fast_path.respond(self._method or "", path, query, self._held_body)
        if response is None:
            return False
        if identifiers:
            response = response.for_client(identifiers)
        self._held_identifiers = None
        server_headers = self.server_state.default_headers
        if server_headers is not self._server_headers:  # uvicorn renews them once a second
            self._server_headers = server_headers
            self._encoded_server_headers = encode_headers(server_headers)
        request_id, traceparent = self._fast_path.record(response, identifiers, started)
        self.transport.write(
            b"%b%b%b%bx-request-id: %b\r\n%b\r\n%b"
            % (
                response.status_line,
                self._encoded_server_headers,
                response.encoded_headers,
                self._fast_path.encoded_served_by,
                request_id,
                traceparent and encode_headers([(TRACEPARENT_HEADER, traceparent)]),
                response.body,
            )
        )
        self.cycle = _CompletedCycle(self.scope)  # pyright: ignore[reportAttributeAccessIssue] (has what uvicorn reads of a completed cycle)
        self.on_response_complete()
        return True

    def _release(self) -> None:
        """Pass the request that is held back on to the server."""
        if self._held_identifiers is not None:
            self._held_identifiers = None
            super().on_headers_complete()
            if self._held_body:
                super().on_body(self._held_body)


class _CompletedCycle:
    """Request-response cycle that is over, in the place of uvicorn's `RequestResponseCycle`."""

    __slots__ = ("keep_alive", "scope")

    more_body = False
    response_complete = True
    response_started = True

    def __init__(self, scope: object) -> None:
        self.scope = scope
        self.keep_alive = True

    @property
    def message_event(self) -> _CompletedCycle:
        return self

    def set(self) -> None:
        """Do nothing: no task waits for this event."""
