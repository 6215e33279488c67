"""Says in every response which instance served it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Served-By"


def served_by(app: ASGIApp, *, instance_id: str) -> ASGIApp:
    """Wrap an application so that each response, those of errors included, has `X-Served-By: <instance>`."""
    header = (HEADER.lower().encode(), instance_id.encode())

    async def stamped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        await app(scope, receive, send_stamped)

    return stamped
