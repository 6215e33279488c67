"""HEAD requests, on every path that GET has: RFC 9110 (9.1) requires both of every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def answer_head_requests(app: ASGIApp) -> ASGIApp:
    """Return an application that answers HEAD as GET, without the body."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return

        async def send_no_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"}
        try:
            await app(inner, receive, send_no_body)
        finally:
            scope["route"] = inner.get("route")  # for logs and metrics

    return answer
