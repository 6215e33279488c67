"""Identity of each request and response: headers, log and metrics.

The outermost layer around the application, so that error responses of the layers inside are signed and
counted as well, and so is an exception that none of them caught.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from service.http.problem_details import problem_response
from service.telemetry import request_id as request_ids
from service.telemetry.request_stats import NO_ROUTE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.telemetry.request_stats import RequestStats

SERVED_BY: Final = "X-Served-By"
REQUEST_ID: Final = "X-Request-Id"

CLIENT_CLOSED_REQUEST: Final = 499
"""Status in logs and metrics of a request whose client left before the response, as in nginx. It is never
sent."""

_METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}
)

_LOG: Final = logging.getLogger("service")


OUT_OF_RANGE: Final = "out_of_range"
"""Key in the state of a request (ASGI): the name of the predictor, and the number of values out of range by
feature."""


class RequestContext:
    """ASGI middleware: adds `X-Served-By` and `X-Request-Id`, and returns `traceparent`."""

    def __init__(self, app: ASGIApp, *, instance_id: str, stats: RequestStats | None = None) -> None:
        self._app = app
        self._instance_id = instance_id
        self._served_by = (SERVED_BY.lower().encode(), instance_id.encode())
        self._stats = stats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = request_ids.from_headers(scope["headers"])
        signature = [self._served_by, (request_ids.HEADER, request_id)]
        if traceparent := request_ids.traceparent_from_headers(scope["headers"]):
            signature.append((request_ids.TRACEPARENT_HEADER, traceparent))
        state: dict[str, Any] = scope.setdefault("state", {})
        state["instance"] = self._instance_id  # shown on pages
        status = 0
        size = 0

        async def send_signed(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *signature]
            else:
                size += len(message.get("body", b""))
            await send(message)

        stats = self._stats
        if stats:
            stats.in_flight += 1
        try:
            await self._app(scope, receive, send_signed)
        except Exception:
            if status:
                raise  # the response has begun; the server logs the error and closes the connection
            _LOG.exception("request failed")
            failed = problem_response(
                500,
                "The service failed. This has been logged.",
                path=scope["path"],
                headers={"Connection": "close"},
            )
            await failed(scope, receive, send_signed)
        finally:
            if stats:
                stats.in_flight -= 1
                if OUT_OF_RANGE in state:
                    stats.count_out_of_range(*state[OUT_OF_RANGE])
                stats.record(
                    _route_of(scope),
                    status or state.get("refused", CLIENT_CLOSED_REQUEST),
                    started,
                    request_id,
                    state.get("predictor", ""),
                    flowers=state.get("flowers", 1),
                    size=size,
                    traceparent=traceparent,
                )


def _route_of(scope: Scope) -> str:
    """Return method and path template of the route; never text that a client chose."""
    method = scope["method"] if scope["method"] in _METHODS else "(other)"
    template = getattr(scope.get("route"), "path", None)
    return f"{method} {template or NO_ROUTE}"
