"""The fast path sends exactly the responses of the application behind it, or passes the request on."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings

from service.app import create_app, create_framework_app
from service.fast_path.asgi import FastPathMiddleware
from service.fast_path.classify import ClassifyFastPath
from service.fast_path.json_body import fast_body_parser
from service.fast_path.row_parsers import body_parser
from service.settings import Settings
from service.telemetry.request_stats import RequestStats
from tests.iris import DEFINITION
from tests.service.generated import CLASSIFY, GeneratedRequest, requests

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.model.registry import Predictors

SETTINGS = Settings(instance_id="i-test")
FLOWER = b'{"pl":"5.1","pw":"3.5","sl":"1.4","sw":"0.4"}'
JSON = ("Content-Type", "application/json")
PARSE_BODY, PARSE_BODY_FAST = body_parser(DEFINITION), fast_body_parser(DEFINITION)


@dataclass
class Exchange:
    """Messages that an application sent, and number of messages that it received."""

    sent: list[Message]
    received: int
    """Number of messages of the request that it received."""

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Response headers in their order, with generated ids replaced: only their presence is compared."""
        return [
            (name, b"generated" if name == b"x-request-id" and is_generated(value) else value)
            for name, value in self.sent[0]["headers"]
        ]

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def is_generated(request_id: bytes) -> bool:
    prefix, _, number = request_id.partition(b"-")
    return len(prefix) == 16 and number.isalnum()


def scope_of(request: GeneratedRequest) -> Scope:
    """Return the ASGI scope of a request as the server builds it."""
    path, _, query = request.target.partition("?")
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in request.headers]
    if request.chunked:
        headers.append((b"transfer-encoding", b"chunked"))
    elif request.body or request.method == "POST":
        headers.append((b"content-length", str(len(request.body)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "root_path": "",
        "headers": headers,
        "state": {},
        "method": request.method,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
    }


def messages_of(request: GeneratedRequest) -> list[Message]:
    """Return the ASGI messages of a request, in their order."""
    last = len(request.pieces) - 1
    return [
        {"type": "http.request", "body": piece, "more_body": number < last}
        for number, piece in enumerate(request.pieces)
    ] or [{"type": "http.request", "body": b"", "more_body": False}]


class RecordingApp:
    """ASGI application that records every message of a request."""

    def __init__(self) -> None:
        self.received: list[Message] = []

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            self.received.append(message)
        await send({"type": "http.response.start", "status": 204, "headers": []})


async def exchange(app: ASGIApp, request: GeneratedRequest) -> Exchange:
    sent: list[Message] = []
    messages = messages_of(request)
    count = len(messages)

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope_of(request), receive, send)
    return Exchange(sent, count - len(messages))


@pytest.fixture(scope="module")
def run() -> Generator[Callable[..., Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


def new_stats() -> RequestStats:
    return RequestStats(instance="i-test", versions={}, log_sample=0)


@pytest.fixture(scope="module")
def framework_app(predictors: Predictors) -> ASGIApp:
    """The application with all its middleware, but without the fast path."""
    return create_framework_app(predictors, SETTINGS, new_stats())


def with_fast_path(
    app: ASGIApp, predictors: Predictors, parse_body: Any, counted: RequestStats | None = None
) -> FastPathMiddleware:
    default = predictors.default
    fast_path = ClassifyFastPath(default, parse_body=parse_body)
    return FastPathMiddleware(
        app, fast_path, counted or new_stats(), instance_id=SETTINGS.instance_id, predictor=default.name
    )


@pytest.fixture(scope="module")
def fast_paths(predictors: Predictors) -> list[tuple[RecordingApp, ASGIApp]]:
    """The fast path with each parser of bodies, in front of an application that records."""
    behind = [RecordingApp(), RecordingApp()]
    parsers = (PARSE_BODY, PARSE_BODY_FAST)
    return [(app, with_fast_path(app, predictors, it)) for app, it in zip(behind, parsers, strict=True)]


@pytest.mark.one_python  # thousands of generated requests through two of our own implementations
@settings(max_examples=2_000, deadline=None)
@given(requests())
def test_responses_are_those_of_the_application_and_other_requests_reach_it_unchanged(
    run: Any,
    framework_app: ASGIApp,
    fast_paths: list[tuple[RecordingApp, ASGIApp]],
    request_: GeneratedRequest,
):
    expected = run(exchange(framework_app, request_))
    for behind, fast_path in fast_paths:
        behind.received.clear()
        answered = run(exchange(fast_path, request_))
        if behind.received:
            assert behind.received == messages_of(request_)
        else:
            assert (answered.status, answered.headers, answered.body) == (
                expected.status,
                expected.headers,
                expected.body,
            )


async def must_not_be_called(_scope: Scope, _receive: Receive, _send: Send) -> None:
    pytest.fail("the application was called")


PLAIN = [
    GeneratedRequest("POST", CLASSIFY, (JSON,), (FLOWER,)),
    GeneratedRequest("POST", CLASSIFY, (("content-type", "application/json; charset=utf-8"),), (FLOWER,)),
    GeneratedRequest("POST", CLASSIFY, (JSON,), (b'{ "sw": 3.5, "sl": 5.1, "pw": 0, "pl": 100 }\n',)),
    GeneratedRequest(
        "POST", CLASSIFY, (JSON, ("Accept", "*/*"), ("User-Agent", "curl/8")), (FLOWER[:9], FLOWER[9:], b"")
    ),
    GeneratedRequest("GET", f"{CLASSIFY}?pl=5.1&pw=3.5&sw=0.4&sl=1.4"),
    GeneratedRequest(
        "GET", f"{CLASSIFY}?pl=1.4&pw=.2&sl=5.&sw=3.5", (("X-Request-Id", "mine"), ("Cookie", "a=b"))
    ),
    GeneratedRequest(
        "GET",
        f"{CLASSIFY}/1.4/0.2/5.1/3.5",
        (("Accept-Encoding", "gzip, br"), ("Accept", "application/json")),
    ),
    GeneratedRequest("GET", f"{CLASSIFY}/6/2.5/6.3/3.3", (("traceparent", f"00-{'a' * 32}-{'b' * 16}-01"),)),
]


@pytest.mark.parametrize("parse_body", [PARSE_BODY, PARSE_BODY_FAST])
def test_a_field_that_is_repeated_is_left_to_the_framework(parse_body: Any):
    flower = b'{"pl":"5.1","pw":"3.5","sl":"1.4","sw":"0.4"'
    assert parse_body(flower + b"}")
    assert parse_body(flower + b',"sw":"0.4"}') is None


@pytest.mark.parametrize("parse_body", [PARSE_BODY, PARSE_BODY_FAST])
@pytest.mark.parametrize("request_", PLAIN, ids=lambda request: request.target)
def test_plain_requests_never_reach_the_application(
    run: Any, framework_app: ASGIApp, predictors: Predictors, request_: GeneratedRequest, parse_body: Any
):
    answered = run(exchange(with_fast_path(must_not_be_called, predictors, parse_body), request_))
    expected = run(exchange(framework_app, request_))
    assert answered.status == 200
    assert (answered.headers, answered.body) == (expected.headers, expected.body)


@pytest.mark.parametrize("request_", PLAIN, ids=lambda request: request.target)
def test_plain_requests_are_counted_under_the_same_names(
    run: Any, predictors: Predictors, request_: GeneratedRequest
):
    ours, theirs = new_stats(), new_stats()
    run(exchange(with_fast_path(must_not_be_called, predictors, PARSE_BODY, ours), request_))
    run(exchange(create_framework_app(predictors, SETTINGS, theirs), request_))
    assert [key[:2] for key in ours.by_route] == [key[:2] for key in theirs.by_route]
    assert [route_stats.flowers for route_stats in ours.by_route.values()] == [1]


@pytest.mark.parametrize("request_", PLAIN, ids=lambda request: request.target)
def test_plain_requests_are_logged_with_the_same_fields(
    run: Any, predictors: Predictors, request_: GeneratedRequest, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, logger="service.requests")
    every = [
        RequestStats(instance="i-test", versions={"iris-logistic": "ab"}, log_sample=1) for _ in range(2)
    ]
    run(exchange(with_fast_path(must_not_be_called, predictors, PARSE_BODY, every[0]), request_))
    run(exchange(create_framework_app(predictors, SETTINGS, every[1]), request_))
    ours, theirs = (vars(record)["fields"] for record in caplog.records)
    assert ours["bytes"] > 0
    assert (ours["trace_id"] is None) is ("traceparent" not in dict(request_.headers))
    for fields in (ours, theirs):
        assert fields.pop("duration_ms") >= 0
        if "X-Request-Id" not in dict(request_.headers):
            assert is_generated(fields.pop("request_id").encode())
    assert ours == theirs


# The beginning of a longer body can look like a whole one.
@pytest.mark.parametrize("rest", [b"x", b'{"pl":1}'])
def test_a_body_is_answered_only_when_its_end_has_arrived(
    run: Any, framework_app: ASGIApp, predictors: Predictors, rest: bytes
):
    request = GeneratedRequest("POST", CLASSIFY, (JSON,), (FLOWER, rest))
    answered = run(exchange(with_fast_path(framework_app, predictors, PARSE_BODY), request))
    assert answered.status == 400


def test_create_app_mounts_the_fast_path(predictors: Predictors):
    assert isinstance(create_app(predictors, SETTINGS), FastPathMiddleware)


def test_a_long_body_is_not_received(run: Any, predictors: Predictors):
    async def answering_at_once(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})

    request = GeneratedRequest("POST", CLASSIFY, (JSON,), (b" " * 1_000,))
    assert run(exchange(with_fast_path(answering_at_once, predictors, PARSE_BODY), request)).received == 0


def test_a_client_that_disconnects_within_its_body_gets_no_response(run: Any, predictors: Predictors):
    received: list[str] = []

    async def listening(_scope: Scope, receive: Receive, _send: Send) -> None:
        received.extend([(await receive())["type"] for _ in range(2)])

    messages = iter(
        [{"type": "http.request", "body": FLOWER, "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(messages)

    scope = scope_of(GeneratedRequest("POST", CLASSIFY, (JSON,), (FLOWER + b" ",)))
    run(with_fast_path(listening, predictors, PARSE_BODY)(scope, receive, must_not_be_sent))
    assert received == ["http.request", "http.disconnect"]


async def must_not_be_sent(_message: Message) -> None:
    pytest.fail("something was sent")
