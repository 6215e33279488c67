"""Stands in front of the application and answers, by the hot path, what needs none of it (ASGI)."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from service import request_id
from service.hot_path import CLASSIFY, naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.hot_path import HotPath
    from service.telemetry import Telemetry


class Front:
    """ASGI application: the hot path first, and another application for all that it leaves.

    What it leaves goes on as it came, to the byte and to the message.
    """

    def __init__(
        self, app: ASGIApp, hot_path: HotPath, telemetry: Telemetry, *, instance_id: str, predictor: str
    ) -> None:
        """Know what to sign with.

        Args:
            app: The authority, with all its layers.
            hot_path: Answers like it, but sooner.
            telemetry: Is told of what is answered here.
            instance_id: Who answers.
            predictor: The name of the one that the hot path asks.
        """
        self._app = app
        self._answer = hot_path.answer
        self._answered = telemetry.answered
        self._served_by = (b"x-served-by", instance_id.encode())
        self._predictor = predictor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # Percent-encoded: more certain than what it was decoded to. Servers need not tell it.
        path: bytes | None = scope.get("raw_path")
        if not path or not path.startswith(CLASSIFY):
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        method = scope["method"]
        has_body = method == "POST"
        names = naming(scope["headers"], of_body=has_body)
        if names is None:
            await self._app(scope, receive, send)
            return
        if has_body:
            message = await receive()
            received = await _rest(message, receive) if message.get("more_body") else (message,)
            body = b"".join([message.get("body", b"") for message in received])
            # Whoever is gone needs no answer, even if what was sent before looks whole.
            gone = received[-1]["type"] == "http.disconnect"
            answer = None if gone else self._answer(method, path, scope["query_string"], body)
            if answer is None:
                receive = _Replay(received, receive)
        else:
            answer = self._answer(method, path, scope["query_string"])
        if answer is None:
            await self._app(scope, receive, send)
            return
        route, status, own_headers, body = answer
        traceparent = None
        if names:
            request = request_id.of(names)
            traceparent = request_id.traceparent_of(names)
        else:
            request = request_id.new()
        headers = [*own_headers, self._served_by, (b"x-request-id", request)]
        if traceparent:
            headers.append((b"traceparent", traceparent))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self._answered(
            route, status, started, request, self._predictor, size=len(body), traceparent=traceparent
        )


async def _rest(first: Message, receive: Receive) -> Sequence[Message]:
    """Receive what follows a message: little, as more was not announced and the server lets no more come."""
    received = [first]
    while received[-1].get("more_body"):
        received.append(await receive())
    return received


class _Replay:
    """Gives what was received once more, then goes on receiving."""

    def __init__(self, received: Sequence[Message], receive: Receive) -> None:
        self._received = iter(received)
        self._receive = receive

    async def __call__(self) -> Message:
        for message in self._received:
            return message
        return await self._receive()
