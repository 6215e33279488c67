"""Request context: every response names its instance and its request, in all layers."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from service.server.middleware.request_context import RequestContext
from service.telemetry import request_id
from service.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Serve = Callable[[ASGIApp], AbstractContextManager[httpx.Client]]

JSON = {"content-type": "application/json"}
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

REQUESTS = [
    ("GET", "/api/v01/classify/1.4/0.2/5.1/3.5", b"", 200),
    ("HEAD", "/livez", b"", 200),
    ("GET", "/nowhere", b"", 404),
    ("DELETE", "/livez", b"", 405),
    ("POST", "/api/v01/classify", b"{", 400),
    ("POST", "/api/v01/classify", b"{}", 422),
    ("POST", "/api/v01/classify", b" " * 1_048_577, 413),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), REQUESTS)
def test_responses_and_errors_name_instance_and_request(
    client: httpx.Client, method: str, path: str, body: bytes, status: int
):
    headers = JSON | {"x-request-id": "abc-1", "traceparent": TRACEPARENT}
    response = client.request(method, path, content=body, headers=headers)
    assert response.status_code == status
    assert response.headers.get_list("x-served-by") == ["i-test"]
    assert response.headers.get_list("x-request-id") == ["abc-1"]
    assert response.headers.get_list("traceparent") == [TRACEPARENT]


def test_a_request_without_an_id_gets_a_unique_one(client: httpx.Client):
    first, second = (client.get("/nowhere").headers["x-request-id"] for _ in range(2))
    assert first != second
    assert request_id.is_valid(first.encode())


def test_a_request_without_a_trace_gets_none(client: httpx.Client):
    for headers in ({}, {"traceparent": "00-x"}):
        assert "traceparent" not in client.get("/nowhere", headers=headers).headers


def test_an_unsafe_id_is_not_returned(client: httpx.Client):
    response = client.get("/nowhere", headers={"x-request-id": 'a" onload="b'})
    assert request_id.is_valid(response.headers["x-request-id"].encode())


def enveloped(app: ASGIApp) -> tuple[RequestContext, RequestStats]:
    stats = RequestStats(instance="i-test", versions={}, log_sample=0)
    return RequestContext(app, instance_id="i-test", stats=stats), stats


def test_an_uncaught_exception_is_a_problem_without_details(serving: Serve, caplog: pytest.LogCaptureFixture):
    async def failing(_: Scope, __: Receive, ___: Send) -> None:
        raise ZeroDivisionError("secret")

    app, stats = enveloped(failing)
    with serving(app) as client:
        response = client.get("/x")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-served-by"] == "i-test"
    assert response.headers["connection"] == "close"
    assert "secret" not in response.text
    assert any(record.exc_info for record in caplog.records if record.levelno == logging.ERROR)
    assert list(stats.by_route) == [("GET (none)", 500, "")]
    assert stats.in_flight == 0


def test_an_aborted_response_is_not_mistaken_for_a_complete_one(serving: Serve):
    async def breaking(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        raise ZeroDivisionError

    app, _ = enveloped(breaking)
    with serving(app) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("/x")


def test_only_known_methods_and_path_templates_become_route_labels(serving: Serve):
    async def hello(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})

    app, stats = enveloped(hello)
    with serving(app) as client:
        client.get("/made/up")
        client.request("PROPFIND", "/made/up")
    assert set(stats.by_route) == {("GET (none)", 200, ""), ("(other) (none)", 200, "")}


async def count(state: dict[str, object], *messages: Message) -> RequestStats:
    """Count a request whose application sends these messages, and leaves this in its state."""

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        scope["state"].update(state)
        for message in messages:
            await send(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(_: Message) -> None: ...

    context, stats = enveloped(app)
    await context({"type": "http", "method": "GET", "path": "/x", "headers": []}, receive, send)
    assert stats.in_flight == 0
    return stats


# nginx's 499 for a client that has left; the server's own refusals have the status that the client got.
@pytest.mark.parametrize(("state", "status"), [({}, 499), ({"refused": 408}, 408), ({"refused": 503}, 503)])
def test_a_request_without_a_response_counts_as_refused_or_as_left(state: dict[str, object], status: int):
    stats = asyncio.run(count(state))
    assert list(stats.by_route) == [("GET (none)", status, "")]


def test_a_prediction_counts_for_its_predictor_with_its_rows_and_its_values_out_of_range():
    state: dict[str, object] = {"predictor": "a", "flowers": 3, "out_of_range": ("a", {"pl": 2})}
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}
    stats = asyncio.run(count(state, start, {"type": "http.response.body", "body": b"{}"}))
    assert {key: each.flowers for key, each in stats.by_route.items()} == {("GET (none)", 200, "a"): 3}
    assert dict(stats.out_of_range) == {("a", "pl"): 2}


def test_a_prediction_is_of_one_row_unless_it_is_said_to_be_of_more():
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}
    stats = asyncio.run(count({"predictor": "a"}, start))
    assert [each.flowers for each in stats.by_route.values()] == [1]


def test_the_size_of_a_response_is_that_of_all_its_pieces(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, logger="service.requests")
    start: Message = {"type": "http.response.start", "status": 404, "headers": []}
    asyncio.run(
        count({}, start, *({"type": "http.response.body", "body": piece} for piece in (b"ab", b"", b"c")))
    )
    assert [vars(record)["fields"]["bytes"] for record in caplog.records] == [3]
