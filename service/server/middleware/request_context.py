"""Signs every response with who gave it and which request it answers, and takes note of it.

The outermost layer around the framework, so that the refusals of the layers inside are signed and counted
too, and so is an error that none of them caught.
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

LEFT_EARLY: Final = 499
"""Noted where the client left before there was an answer; nginx logs the same number. Never sent."""

_METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}
)

_LOG: Final = logging.getLogger("service")


class RequestContext:
    """ASGI middleware: adds `X-Served-By` and `X-Request-Id`, and gives `traceparent` back."""

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
        notes: dict[str, Any] = scope.setdefault("state", {})
        notes["instance"] = self._instance_id  # a page may want to say who it is from
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
                raise  # what was begun cannot be taken back; the server logs it and closes the connection
            _LOG.exception("failed to answer")
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
                stats.record(
                    _route_of(scope),
                    status or notes.get("refused", LEFT_EARLY),
                    started,
                    request_id,
                    notes.get("predictor", ""),
                    flowers=notes.get("flowers", 1),
                    size=size,
                    traceparent=traceparent,
                )


def _route_of(scope: Scope) -> str:
    """Name the route that the framework took; never in words that a client chose."""
    method = scope["method"] if scope["method"] in _METHODS else "(other)"
    template = getattr(scope.get("route"), "path", None)
    return f"{method} {template or NO_ROUTE}"
