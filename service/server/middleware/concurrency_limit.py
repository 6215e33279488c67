"""Lets requests in as long as there is room, and says at once where there is none.

A worker computes one request after the other. Who would wait for long is better sent away with a date than
kept in a queue that grows (Google, "Site Reliability Engineering", chapter 21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.http.problem_details import problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

READINESS_PATH: Final = "/readyz"

EXEMPT_PATHS: Final = frozenset({"/livez", READINESS_PATH, "/metrics"})
"""Who asks after the health of a service that is busy must hear that it is busy, not dead."""

RETRY_SECONDS: Final = 1
"""Named in `Retry-After`: what is in line now is done by then."""


class ConcurrencyLimit:
    """ASGI middleware: answers 503 where `max_concurrent` requests are inside, and when the service ends."""

    def __init__(self, app: ASGIApp, *, max_concurrent: int) -> None:
        self._app = app
        self._max_concurrent = max_concurrent
        self._inside = 0
        self.draining = False
        """Whether the service is about to end. All is still answered, but nobody new should be sent here."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self.draining and scope["path"] == READINESS_PATH:
            await _come_back("Not ready: the service is about to end.", scope, receive, send)
        elif self._inside >= self._max_concurrent and scope["path"] not in EXEMPT_PATHS:
            detail = f"The service works on {self._inside} requests already, as many as it takes at once."
            await _come_back(detail, scope, receive, send)
        else:
            self._inside += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._inside -= 1


async def _come_back(detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    response = problem_response(503, detail, path=scope["path"], headers={"Retry-After": str(RETRY_SECONDS)})
    await response(scope, receive, send)
