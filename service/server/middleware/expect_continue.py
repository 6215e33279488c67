"""`Expect: 100-continue`: a response that does not depend on the body is sent before the client sends it.

The server asks for the body (100) when it is read, and it is read before the application runs. A server that
can already see that it will refuse the request answers with the final status instead (RFC 9110, 10.1.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope, Send

FINAL_STATUSES: Final = frozenset({404, 405, 406, 415, 503})
"""Statuses that follow from the request line, the headers and the state of the service."""

_PLACEHOLDER: Final[Message] = {"type": "http.request", "body": b"0", "more_body": False}
"""Body that is neither empty nor valid anywhere."""


async def answer_without_body(app: ASGIApp, scope: Scope, send: Send) -> bool:
    """Send the response that does not depend on the body; return whether there is one.

    It is the last one of its connection, as the server cannot know whether the client still sends the body.
    """
    inner = {**scope, "state": dict(scope.get("state", {}))}
    messages: list[Message] = []

    async def receive() -> Message:
        return _PLACEHOLDER

    async def keep(message: Message) -> None:
        messages.append(message)

    try:
        await app(inner, receive, keep)
    except Exception:  # noqa: BLE001 (the application meets the same error with the body, and it is logged then)
        return False
    start, *rest = messages
    if start["status"] not in FINAL_STATUSES:
        return False
    scope["route"] = inner.get("route")  # for logs and metrics
    await send({**start, "headers": [*start["headers"], (b"connection", b"close")]})
    for message in rest:
        await send(message)
    return True
