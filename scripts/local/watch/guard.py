"""Guard in front of the console: only this host, only a session, and headers that keep other sites out."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from scripts.local.watch.view.parts import render_closed
from scripts.local.watch.view.texts import preferred_language

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from scripts.local.watch.access import Access

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every response: nothing comes from elsewhere, and no other page frames or reads this one."""

REOPEN: Final = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><title>iris</title>'
)
"""Page that opens the console: browsers send a new strict cookie only where a page of the same site leads."""


class Guard:
    """ASGI middleware that lets only sessions pass."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        """Create the guard of an application."""
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to a request without a session; None if it has one."""
        hosts = request.headers.getlist("host")
        if len(hosts) > 1:
            return PlainTextResponse(
                "The request has several hosts.", HTTPStatus.BAD_REQUEST
            )  # RFC 9112, 3.2
        if not hosts or not self._access.is_allowed_host(hosts[0]):
            return PlainTextResponse("This console has another host name.", HTTPStatus.MISDIRECTED_REQUEST)
        # A form of another site is sent with its origin, or with none; ours sends the console's.
        if request.method not in {"GET", "HEAD"} and not self._access.is_own_origin(
            request.headers.get("origin", "")
        ):
            return PlainTextResponse("The form is of another site.", HTTPStatus.FORBIDDEN)
        if self._access.is_session(request.cookies.get(self._access.cookie, "")):
            return None
        token = request.query_params.get("token", "") if request.url.path == "/" else ""
        session = self._access.open_session(token) if token else None
        if session is None:
            language = preferred_language(request.headers.get("accept-language", ""))
            return HTMLResponse(render_closed(language), HTTPStatus.UNAUTHORIZED)
        opened = HTMLResponse(REOPEN)
        opened.set_cookie(self._access.cookie, session, httponly=True, samesite="strict")
        return opened
