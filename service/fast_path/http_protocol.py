"""Answers plain requests as they are read: to start a task for each would take longer than the answer.

The fast path once more, in front of the server: it takes what `FastPathMiddleware` would
answer in the same way; whatever is unusual about the request or the connection goes the server's way.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from service.fast_path.asgi import STATE_KEY
from service.fast_path.classify import CLASSIFY_PATH, encode_headers, identifying_headers
from service.server.http_protocol import BoundedProtocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from service.fast_path.asgi import FastPathMiddleware
    from service.fast_path.classify import Header

_METHODS: Final = {b"GET": "GET", b"POST": "POST"}


class FastPathProtocol(BoundedProtocol):
    """One connection whose plain requests are answered at once.

    A request is held back from the server between its head and its end, if both come in one piece of data: so
    no wait ever begins while one is held, and all that is said about waits remains true.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._front: FastPathMiddleware = app_state[STATE_KEY]
        self._held: Sequence[Header] | None = None
        """Headers that name the request, while one is held back."""
        self._method: str | None = None
        self._held_body = b""
        self._server_headers: Sequence[Header] = ()
        self._beginning = b""

    @override
    def on_headers_complete(self) -> None:
        cycle = self.cycle
        parser: Any = self.parser
        self._method = _METHODS.get(parser.get_method())
        if (
            self.url.startswith(CLASSIFY_PATH)
            and self._method
            and (not cycle or cycle.response_complete)
            and not self._watch.draining
            and not self.flow.write_paused
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
        ):
            self._held = identifying_headers(self.headers, of_body=self._method == "POST")
            self._held_body = b""
        if self._held is None:
            super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
        else:
            self._held_body += body

    @override
    def on_message_complete(self) -> None:
        if self._held is None or not self._answered(self._held):
            self._let_go()
            super().on_message_complete()

    @override
    def _read(self, data: bytes) -> None:
        super()._read(data)
        self._let_go()

    def _answered(self, names: Sequence[Header]) -> bool:
        started = perf_counter()
        path, _, query = self.url.partition(b"?")
        answer = self._front.answer(self._method or "", path, query, self._held_body)
        if answer is None:
            return False
        self._held = None
        server_headers = self.server_state.default_headers
        if server_headers is not self._server_headers:  # they are made anew once a second
            self._server_headers = server_headers
            self._beginning = b"HTTP/1.1 200 OK\r\n" + encode_headers(server_headers)
        signature = encode_headers(self._front.sign(answer, names, started))
        self.transport.write(b"%b%b%b\r\n%b" % (self._beginning, answer.head, signature, answer.body))
        self.cycle = _Answered(self.scope)  # pyright: ignore[reportAttributeAccessIssue] (all that is asked of a cycle that is over)
        self.on_response_complete()
        return True

    def _let_go(self) -> None:
        """Give the server what was held back from it."""
        if self._held is not None:
            self._held = None
            super().on_headers_complete()
            if self._held_body:
                super().on_body(self._held_body)


class _Answered:
    """Stands for a request that is answered, as a cycle of the server would."""

    __slots__ = ("keep_alive", "scope")

    more_body = False
    response_complete = True
    response_started = True

    def __init__(self, scope: object) -> None:
        self.scope = scope
        self.keep_alive = True

    @property
    def message_event(self) -> _Answered:
        return self

    def set(self) -> None:
        """Wake nobody up."""
