"""Limit of concurrent requests: beyond it, a worker refuses at once.

A worker computes one request after the other. A client that would wait for long is better refused with a time
to retry than queued (Google, "Site Reliability Engineering", chapter 21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.http.agreement import noun_for
from service.http.problem_details import problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

READINESS_PATHS: Final = frozenset({"/readyz", "/v2/health/ready"})

EXEMPT_PATHS: Final = READINESS_PATHS | {"/livez", "/v2/health/live", "/metrics"}
"""Paths without the limit, so that an overloaded worker is not reported dead."""

RETRY_SECONDS: Final = 1
"""Value of `Retry-After`: the requests in progress are finished by then."""


class ConcurrencyLimit:
    """ASGI middleware: answers 503 beyond `max_concurrent` requests, and to readiness checks on shutdown."""

    def __init__(self, app: ASGIApp, *, max_concurrent: int) -> None:
        self._app = app
        self._max_concurrent = max_concurrent
        self._in_progress = 0
        self.draining = False
        """True while the service shuts down: requests are answered, but the load balancer should send no new
        ones."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self.draining and scope["path"] in READINESS_PATHS:
            await send_unavailable("Not ready: the service is shutting down.", scope, receive, send)
        elif self._in_progress >= self._max_concurrent and scope["path"] not in EXEMPT_PATHS:
            requests = noun_for(self._max_concurrent, "request")
            detail = f"The service has reached its limit of {self._max_concurrent} concurrent {requests}."
            await send_unavailable(detail, scope, receive, send)
        else:
            self._in_progress += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._in_progress -= 1


async def send_unavailable(detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Send 503 with the time after which to try again."""
    response = problem_response(503, detail, path=scope["path"], headers={"Retry-After": str(RETRY_SECONDS)})
    await response(scope, receive, send)
