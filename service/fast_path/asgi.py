"""ASGI middleware in front of the whole application: answers plain requests about one row by itself."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from service.fast_path.classify import CLASSIFY_PATH, ClassifyFastPath, encode_headers, identifying_headers
from service.fast_path.json_body import fast_body_parser
from service.http.replay import replay
from service.telemetry import request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.fast_path.classify import EncodedResponse, Header
    from service.model.registry import Predictors
    from service.settings import Settings
    from service.telemetry.request_stats import RequestStats

STATE_KEY: Final = "fast_path"
"""Key of the `FastPathMiddleware` in the lifespan state, where the HTTP protocol finds it."""


class FastPathMiddleware:
    """ASGI middleware: the fast path first, and the application for every other request.

    Those requests reach the application unchanged, to the byte and to the message.
    """

    def __init__(
        self,
        app: ASGIApp,
        fast_path: ClassifyFastPath,
        stats: RequestStats,
        *,
        instance_id: str,
        predictor: str,
    ) -> None:
        """Create the middleware.

        Args:
            app: The application with all its middleware.
            fast_path: Computes the same responses as the application.
            stats: Counts and logs the requests that are answered here.
            instance_id: Value of `X-Served-By`.
            predictor: Name of the default predictor, which `fast_path` calls.
        """
        self._app = app
        self.respond: Final = fast_path.respond
        """`ClassifyFastPath.respond`, without a second call."""
        self._record = stats.record
        self._served_by = (b"x-served-by", instance_id.encode())
        self.encoded_served_by: Final = encode_headers([self._served_by])
        """`X-Served-By` as sent over the connection."""
        self._predictor = predictor

    @classmethod
    def mount(
        cls, app: ASGIApp, predictors: Predictors, settings: Settings, stats: RequestStats
    ) -> FastPathMiddleware:
        """Create the middleware for the default predictor, in front of `app`."""
        default = predictors.default
        fast_path = ClassifyFastPath(
            default,
            max_body_bytes=settings.max_body_bytes,
            parse_body=fast_body_parser(default.definition),
        )
        return cls(app, fast_path, stats, instance_id=settings.instance_id, predictor=default.name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        # Percent-encoded, and so less ambiguous than the decoded path. Servers may leave it out.
        path: bytes | None = scope.get("raw_path")
        if not path or not path.startswith(CLASSIFY_PATH):
            if scope["type"] == "lifespan":
                scope["state"][STATE_KEY] = self
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        method = scope["method"]
        has_body = method == "POST"
        identifiers = identifying_headers(scope["headers"], has_body=has_body)
        if identifiers is None:
            await self._app(scope, receive, send)
            return
        if has_body:
            message = await receive()
            received = await _receive_rest(message, receive) if message.get("more_body") else (message,)
            body = b"".join([message.get("body", b"") for message in received])
            # A client that has disconnected gets no answer, even if the body looks complete.
            disconnected = received[-1]["type"] == "http.disconnect"
            response = None if disconnected else self.respond(method, path, scope["query_string"], body)
            if response is None:
                receive = replay(received, receive)
        else:
            response = self.respond(method, path, scope["query_string"])
        if response is None:
            await self._app(scope, receive, send)
            return
        response = response.for_client(identifiers)
        name, traceparent = self.record(response, identifiers, started)
        headers = [*response.headers, self._served_by, (request_id.HEADER, name)]
        if traceparent:
            headers.append((request_id.TRACEPARENT_HEADER, traceparent))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    def record(
        self, response: EncodedResponse, identifiers: Sequence[Header], started: float
    ) -> tuple[bytes, bytes]:
        """Record a response in the request statistics; return its id, and its `traceparent` or nothing.

        Args:
            response: The response that is about to be sent.
            identifiers: Headers that identify the request; see `identifying_headers`.
            started: Arrival of the request, by `time.perf_counter()`.
        """
        traceparent = b""
        if identifiers:
            name = request_id.from_headers(identifiers)
            traceparent = request_id.traceparent_from_headers(identifiers) or b""
        else:
            name = request_id.generate()
        self._record(
            response.route,
            response.status,
            started,
            name,
            self._predictor,
            size=len(response.body),
            traceparent=traceparent,
        )
        return name, traceparent


async def _receive_rest(first: Message, receive: Receive) -> Sequence[Message]:
    """Receive the rest of a body: it is short, as the server enforces the announced length."""
    received = [first]
    while received[-1].get("more_body"):
        received.append(await receive())
    return received
