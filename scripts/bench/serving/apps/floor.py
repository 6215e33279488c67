"""Bare server: reads each request, and sends a static answer (ASGI)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

BODY: Final = b'{"specie":"Iris Setosa"}'

START: Final = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}


async def app(_: Scope, receive: Receive, send: Send) -> None:
    """Answer every request (ASGI)."""
    more_body = True
    while more_body:
        more_body = (await receive()).get("more_body", False)
    await send(START)
    await send({"type": "http.response.body", "body": BODY})
