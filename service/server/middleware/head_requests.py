"""Answers HEAD wherever GET is answered: RFC 9110 (9.1) asks that of every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def answer_head_requests(app: ASGIApp) -> ASGIApp:
    """Wrap an application so that it sees HEAD as GET, and the body of its answer is kept back."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
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
            scope["route"] = inner.get("route")  # who counts answers wants to know which one was taken

    return answering
