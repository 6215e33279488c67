"""Route of a request in logs and metrics, where a layer answers it through a copy of its scope."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from service.server.middleware.expect_continue import answer_without_body
from service.server.middleware.head_requests import answer_head_requests

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

ROUTE = SimpleNamespace(path="/x/{name}")


async def receive() -> Message:
    pytest.fail("the body was read")


def answer(status: int) -> tuple[Scope, list[Message]]:
    """Return the scope of an expectation, and the messages of its final response, if there is one."""
    sent: list[Message] = []
    scope: Scope = {"type": "http", "method": "POST", "path": "/x/y", "state": {"kept": 1}}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = ROUTE
        scope["state"]["changed"] = await receive()
        await send({"type": "http.response.start", "status": status, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"no"})

    async def send(message: Message) -> None:
        sent.append(message)

    assert asyncio.run(answer_without_body(app, scope, send)) is bool(sent)
    return scope, sent


# RFC 9110, 10.1.1: a final status without the body, if that does not depend on it.
@pytest.mark.parametrize("status", [404, 405, 406, 415, 503])
def test_a_status_that_no_body_changes_is_sent_at_once_with_its_route(status: int):
    scope, (start, body) = answer(status)
    assert (start["status"], body["body"]) == (status, b"no")
    assert start["headers"] == [(b"a", b"b"), (b"connection", b"close")]
    assert scope["route"] is ROUTE
    assert scope["state"] == {"kept": 1}


@pytest.mark.parametrize("status", [200, 400, 413, 422, 500])
def test_any_other_status_waits_for_the_body(status: int):
    scope, sent = answer(status)
    assert sent == []
    assert scope == {"type": "http", "method": "POST", "path": "/x/y", "state": {"kept": 1}}


def test_head_is_answered_as_get_without_content_and_with_its_route():
    sent: list[Message] = []
    methods: list[str] = []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        methods.append(scope["method"])
        scope["route"] = ROUTE
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def send(message: Message) -> None:
        sent.append(message)

    for method in ("HEAD", "GET", "POST"):
        scope: Scope = {"type": "http", "method": method, "path": "/x/y"}

        async def main(scope: Scope = scope) -> None:
            await answer_head_requests(app)(scope, receive, send)

        asyncio.run(main())
        assert (scope["method"], scope["route"]) == (method, ROUTE)
    assert methods == ["GET", "GET", "POST"]
    assert [message["body"] for message in sent[1::2]] == [b"", b"{}", b"{}"]
    assert [message["headers"] for message in sent[::2]] == [[(b"content-length", b"2")]] * 3
