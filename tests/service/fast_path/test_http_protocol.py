"""Responses sent while a request is read have exactly the bytes of the server and the whole application."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from service.app import create_app, create_framework_app
from service.fast_path import asgi
from service.fast_path.http_protocol import FastPathProtocol
from service.server import connection_timeouts
from service.server.connection_timeouts import Connections, Wait
from service.server.http_protocol import LimitedHttpProtocol
from service.settings import Settings
from service.telemetry.request_stats import RequestStats
from tests.service.generated import CLASSIFY, GeneratedRequest, requests

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import FrameType

    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.model.registry import Predictors

SETTINGS = Settings(instance_id="i-test", log_sample=0)
FLOWER = b'{"pl":"5.1","pw":"3.5","sl":"1.4","sw":"0.4"}'
JSON = ("Content-Type", "application/json")
POST = GeneratedRequest("POST", CLASSIFY, (JSON,), (FLOWER,))
QUERY = GeneratedRequest("GET", f"{CLASSIFY}?pl=5.1&pw=3.5&sw=0.4&sl=1.4")
PATH = GeneratedRequest("GET", f"{CLASSIFY}/1.4/0.2/5.1/3.5", (("X-Request-Id", "mine"),))
LIVEZ = GeneratedRequest("GET", "/livez")


class Wire(asyncio.Transport):
    """Transport of a connection whose peer is the test."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8080)})
        self.sent = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent += data

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass  # the test calls the original one


class Connection:
    """One connection to an application, served by a protocol class."""

    def __init__(self, kind: type[LimitedHttpProtocol], app: ASGIApp, fast_path: object = None) -> None:
        config = uvicorn.Config(app, lifespan="off", log_config=None, server_header=False, date_header=False)
        config.load()
        stats = RequestStats(instance="i-test", versions={}, log_sample=0)
        self.watch = Connections(SETTINGS, stats)
        state = {connection_timeouts.STATE_KEY: self.watch, asgi.STATE_KEY: fast_path or app}
        self.server = ServerState()
        self.server.default_headers = [(b"date", b"Sat, 31 Jan 2026 12:00:00 GMT")]
        self.protocol = kind(config, self.server, state)
        self.wire = Wire()
        self.protocol.connection_made(self.wire)

    async def exchange(self, *pieces: bytes) -> bytes:
        """Send pieces and return all responses, with generated ids replaced."""
        for piece in pieces:
            if not self.wire.closed:
                self.protocol.data_received(piece)
                await self.watch.reading.join()
                while self.server.tasks:
                    await asyncio.wait(self.server.tasks, timeout=0.01)
                    # A request that waits for its body, and not for the responses before its own.
                    if self.protocol.cycle.more_body and not self.protocol.pipeline:
                        break
        sent, self.wire.sent = self.wire.sent, b""
        return re.sub(rb"x-request-id: [0-9a-f]{16}-[0-9a-f]+", b"x-request-id: generated", sent)


def encode(request: GeneratedRequest) -> bytes:
    """Return the bytes of a request."""
    lines = [f"{request.method} {request.target} HTTP/1.1", "host: example.org"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    body = request.body
    if request.chunked:
        lines.append("transfer-encoding: chunked")
        body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    elif body or request.method == "POST":
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def split(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({place % len(data) for place in places})
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True) if start < end]


async def must_not_be_called(_scope: Scope, _receive: Receive, _send: Send) -> None:
    pytest.fail("the application was called")


@pytest.fixture(scope="module")
def run() -> Generator[Any]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def app(predictors: Predictors) -> ASGIApp:
    return create_app(predictors, SETTINGS)


@pytest.fixture(scope="module")
def framework_app(predictors: Predictors) -> ASGIApp:
    return create_framework_app(
        predictors, SETTINGS, RequestStats(instance="i-test", versions={}, log_sample=0)
    )


# An invalid method is a broken request, after which nothing else is answered.
several = st.lists(requests().filter(lambda request: request.method != "get"), min_size=1, max_size=3)


@pytest.mark.one_python  # thousands of generated requests through two of our own implementations
@settings(max_examples=250, deadline=None)
@given(several, st.lists(st.integers(0, 10_000), max_size=3))
def test_the_bytes_are_those_of_the_server_and_the_application_for_any_split_of_the_requests(
    run: Any, app: ASGIApp, framework_app: ASGIApp, requests_: list[GeneratedRequest], places: list[int]
):
    pieces = split(b"".join(encode(request) for request in requests_), places)

    async def compare() -> None:
        expected = await Connection(LimitedHttpProtocol, framework_app).exchange(*pieces)
        assert await Connection(FastPathProtocol, app).exchange(*pieces) == expected

    run(compare())


def test_plain_requests_are_answered_while_they_are_read_and_are_counted(run: Any, app: ASGIApp):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, must_not_be_called, app)
        answered = await connection.exchange(encode(POST) + encode(QUERY) + encode(PATH), encode(POST))
        assert answered.count(b"HTTP/1.1 200 OK\r\ndate: ") == 4
        assert answered.count(b'{"specie":"Iris Setosa"}') == 4
        assert connection.server.total_requests == 4
        assert not connection.server.tasks

    run(talk())


@pytest.mark.parametrize("at", range(1, 160, 7))
def test_a_request_in_two_pieces_is_answered(run: Any, app: ASGIApp, at: int):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        whole = encode(POST)
        answered = await connection.exchange(whole[:at], whole[at:] + encode(QUERY))
        assert answered.count(b'{"specie":"Iris Setosa"}') == 2

    run(talk())


def test_an_incomplete_body_has_the_timeout_of_the_server(run: Any, app: ASGIApp):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        await connection.exchange(encode(POST))
        await connection.exchange(encode(POST)[:-5])
        wait = connection.protocol.current_wait()
        assert wait is not None
        assert wait[0] is Wait.BODY
        assert b"200 OK" in await connection.exchange(encode(POST)[-5:])

    run(talk())


def test_after_each_response_a_new_idle_timeout_starts(run: Any, app: ASGIApp):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        waits: list[Any] = []
        for _ in range(2):
            await connection.exchange(encode(QUERY))
            waits.append(connection.protocol.current_wait())
        assert [wait[0] for wait in waits] == [Wait.IDLE] * 2
        assert waits[0][1] is not waits[1][1]
        await connection.exchange(b"GET /livez HTTP/1.1\r\n")
        wait = connection.protocol.current_wait()
        assert wait is not None
        assert wait[0] is Wait.HEAD

    run(talk())


def test_responses_of_fast_path_and_server_keep_their_order(run: Any, app: ASGIApp):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        answered = await connection.exchange(b"".join(map(encode, (PATH, LIVEZ, POST, LIVEZ, QUERY))))
        assert re.findall(rb'"(?:specie|status)":"([^"]+)"', answered) == [
            *(b"Iris Setosa", b"alive", b"Iris Setosa", b"alive", b"Iris Setosa"),
        ]

    run(talk())


def test_a_draining_service_closes_each_connection_with_its_last_response(run: Any, app: ASGIApp):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        await connection.exchange(encode(QUERY))
        connection.watch.drain()
        assert b"connection: close" in await connection.exchange(encode(QUERY))
        assert connection.wire.closed

    run(talk())


@pytest.mark.parametrize("line", ["Connection: close", "X: y\r\nConnection: keep-alive, close"])
def test_a_connection_is_closed_at_the_client_s_request(run: Any, app: ASGIApp, line: str):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        name, _, value = line.partition(": ")
        request = GeneratedRequest("GET", QUERY.target, ((name, value),))
        assert b"connection: close" in await connection.exchange(encode(request))
        assert connection.wire.closed

    run(talk())


def test_nothing_is_written_to_a_client_that_does_not_read(run: Any, app: ASGIApp):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        connection.protocol.pause_writing()
        connection.protocol.data_received(encode(QUERY))
        for _ in range(100):  # more turns of the loop than the answer takes
            await asyncio.sleep(0)
        (waiting,) = connection.server.tasks
        assert not waiting.done()
        assert connection.wire.sent == b""
        connection.protocol.resume_writing()
        assert b"200 OK" in await connection.exchange(encode(QUERY))

    run(talk())


def test_responses_have_the_server_s_current_headers(run: Any, app: ASGIApp):
    async def talk() -> None:
        connection = Connection(FastPathProtocol, app)
        first = await connection.exchange(encode(QUERY))
        connection.server.default_headers = [(b"date", b"Sat, 31 Jan 2026 12:00:01 GMT")]
        assert await connection.exchange(encode(QUERY)) == first.replace(b"12:00:00", b"12:00:01")

    run(talk())


@pytest.mark.parametrize(
    "second",
    [
        encode(QUERY).replace(b"HTTP/1.1", b"HTTP/1.0"),
        encode(QUERY).replace(b"GET", b"POST"),
        encode(QUERY).replace(b"host: example.org", b"host: example.org\r\nhost: example.org"),
        encode(QUERY).replace(b"host: example.org", b"host: exa mple.org"),
        encode(QUERY).replace(b"host: example.org", b"origin: http://example.org"),
        encode(QUERY).replace(b" HTTP", b"#fragment HTTP"),
        encode(QUERY).replace(b" HTTP", b"&pl=1" * 100 + b" HTTP"),
        encode(POST),
        encode(PATH),
    ],
)
def test_a_request_is_read_by_its_own_headers_and_not_by_those_of_the_request_before(
    run: Any, app: ASGIApp, predictors: Predictors, second: bytes
):
    framework = create_framework_app(
        predictors, SETTINGS, RequestStats(instance="", versions={}, log_sample=0)
    )
    expected = Connection(LimitedHttpProtocol, framework)
    connection = Connection(FastPathProtocol, app)

    requests = (encode(QUERY), encode(QUERY), second, encode(QUERY))
    sent = run(connection.exchange(*requests))

    assert sent == run(expected.exchange(*requests))
    assert sent.startswith(b"HTTP/1.1 200")


MAX_CALLS = 18
"""Calls of the service's own functions from the received data to the response. With 28, a worker took a
quarter more processor time for each request."""


@pytest.mark.parametrize("request_", [QUERY, GeneratedRequest("GET", PATH.target), POST])
def test_a_plain_request_takes_few_function_calls(run: Any, app: ASGIApp, request_: GeneratedRequest):
    connection = Connection(FastPathProtocol, app)
    data = encode(request_)
    run(connection.exchange(data))
    called: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and str(frame.f_globals.get("__name__")).startswith("service."):
            called.append(frame.f_code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        connection.protocol.data_received(data)
    finally:
        sys.setprofile(before)

    assert connection.wire.sent.startswith(b"HTTP/1.1 200")
    assert len(called) <= MAX_CALLS, called
