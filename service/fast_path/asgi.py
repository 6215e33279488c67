"""Stands in front of the application and answers, by the hot path, what needs none of it (ASGI)."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from service.fast_path.classify import CLASSIFY_PATH, identifying_headers
from service.telemetry import request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.fast_path.classify import Answer, ClassifyFastPath, Header
    from service.telemetry.request_stats import Telemetry

STATE_KEY: Final = "front"
"""Where the server finds its `FastPathMiddleware` among what the application gave it when it started."""


class FastPathMiddleware:
    """ASGI application: the hot path first, and another application for all that it leaves.

    What it leaves goes on as it came, to the byte and to the message.
    """

    def __init__(
        self,
        app: ASGIApp,
        hot_path: ClassifyFastPath,
        telemetry: Telemetry,
        *,
        instance_id: str,
        predictor: str,
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
        self.answer: Final = hot_path.answer
        """The hot path's own."""
        self._answered = telemetry.answered
        self._served_by = (b"x-served-by", instance_id.encode())
        self._predictor = predictor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # Percent-encoded: more certain than what it was decoded to. Servers need not tell it.
        path: bytes | None = scope.get("raw_path")
        if not path or not path.startswith(CLASSIFY_PATH):
            if scope["type"] == "lifespan":
                scope["state"][STATE_KEY] = self
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        method = scope["method"]
        has_body = method == "POST"
        names = identifying_headers(scope["headers"], of_body=has_body)
        if names is None:
            await self._app(scope, receive, send)
            return
        if has_body:
            message = await receive()
            received = await _rest(message, receive) if message.get("more_body") else (message,)
            body = b"".join([message.get("body", b"") for message in received])
            # Whoever is gone needs no answer, even if what was sent before looks whole.
            gone = received[-1]["type"] == "http.disconnect"
            answer = None if gone else self.answer(method, path, scope["query_string"], body)
            if answer is None:
                receive = _Replay(received, receive)
        else:
            answer = self.answer(method, path, scope["query_string"])
        if answer is None:
            await self._app(scope, receive, send)
            return
        headers = [*answer.headers, *self.sign(answer, names, started)]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def sign(self, answer: Answer, names: Sequence[Header], started: float) -> list[Header]:
        """Take note of an answer, and return the headers that every response has.

        Args:
            answer: Is about to be sent.
            names: Headers by which the request is named; see `identifying_headers`.
            started: When the request came, from `time.perf_counter()`.
        """
        traceparent = None
        if names:
            name = request_id.of(names)
            traceparent = request_id.traceparent_of(names)
        else:
            name = request_id.new()
        self._answered(
            answer.route,
            answer.status,
            started,
            name,
            self._predictor,
            size=len(answer.body),
            traceparent=traceparent,
        )
        signature = [self._served_by, (request_id.HEADER, name)]
        if traceparent:
            signature.append((request_id.TRACE_HEADER, traceparent))
        return signature


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
