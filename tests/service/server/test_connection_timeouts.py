"""Limit of connections, where the slowest ones make room for new ones; and the timeout of each wait."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest

from service.app import create_app, protocol_class
from service.server import connection_timeouts
from service.server.connection_timeouts import Connections, TimedConnection, Wait
from service.server.request_queue import STARTS_PER_TURN
from service.settings import Settings
from service.telemetry.request_stats import RequestStats
from tests.service.fast_path.test_http_protocol import SETTINGS, Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.model.registry import Predictors
    from tests.service.conftest import RunningService, StartService

LIVEZ = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
LIMIT = 40


@pytest.fixture(scope="module")
def running(start_service: StartService) -> RunningService:
    return start_service(IRIS_MAX_CONNECTIONS=str(LIMIT), IRIS_HEAD_SECONDS="60", IRIS_BODY_SECONDS="60")


@pytest.fixture
def connect(running: RunningService) -> Iterator[Callable[[], socket.socket]]:
    url = urlsplit(running.url)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection((url.hostname, url.port), timeout=20))


def answer(connection: socket.socket, request: bytes = LIVEZ) -> bytes:
    """Return the first part of a response; empty if the server has closed the connection."""
    with suppress(ConnectionError):
        connection.sendall(request)
        return connection.recv(65_536)
    return b""


IDLE = LIVEZ
SLOW_HEAD = LIVEZ[:20]
SLOW_BODY = b"POST /api/v01/classify HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1"


@pytest.mark.parametrize("begun", [IDLE, SLOW_HEAD, SLOW_BODY, b""], ids=["idle", "head", "body", "silent"])
def test_new_connections_are_served_while_others_keep_the_service_waiting(
    connect: Callable[[], socket.socket], begun: bytes
):
    for _ in range(LIMIT + 5):
        connection = connect()
        if begun == IDLE:
            assert answer(connection).startswith(b"HTTP/1.1 200")
        else:
            connection.sendall(begun)
    for path in (b"/livez", b"/readyz", b"/listpredictors"):
        for _ in range(LIMIT):
            assert answer(connect(), LIVEZ.replace(b"/livez", path)).startswith(b"HTTP/1.1 200")


def test_a_slow_client_that_makes_room_is_told_to_retry(connect: Callable[[], socket.socket]):
    slow = connect()
    slow.sendall(SLOW_BODY)
    for _ in range(2 * LIMIT):
        assert answer(connect()).startswith(b"HTTP/1.1 200")
    response = slow.recv(65_536)
    assert response.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in response
    assert b"connection: close" in response


class Waiting:
    """Connection with a wait that the test sets."""

    def __init__(self, wait: Wait | None) -> None:
        self.wait = wait
        self.shed_in: Wait | None = None

    def current_wait(self) -> tuple[Wait, object] | None:
        return (self.wait, self) if self.wait else None

    def time_out(self, wait: Wait) -> None:
        pytest.fail(f"{wait} timed out")

    def shed(self, wait: Wait) -> None:
        self.shed_in = wait

    def close_after_response(self) -> None: ...


def limited(maximum: int, *waiting: TimedConnection) -> Connections:
    stats = RequestStats(instance="i-test", versions={}, log_sample=0)
    connections = Connections(Settings(max_connections=maximum), stats)
    for connection in waiting:
        assert connections.add(connection)
    connections.check_timeouts()
    return connections


def test_the_connection_nearest_to_its_timeout_makes_room():
    # All wait for as long, of 75 s when idle, 10 s for a head and 30 s for a body.
    idle, head, body, working = Waiting(Wait.IDLE), Waiting(Wait.HEAD), Waiting(Wait.BODY), Waiting(None)
    connections = limited(4, idle, body, working, head)
    time.sleep(0.01)
    for victim in (head, body, idle):
        assert connections.add(Waiting(None))
        assert victim.shed_in is victim.wait
        assert len(connections) == 4


def test_without_a_wait_there_is_a_reserve_for_health_checks():
    connections = limited(1, Waiting(None))
    for _ in range(64):
        assert not connections.add(Waiting(None))
        assert connections.has_reserve()
    assert not connections.add(Waiting(None))
    assert not connections.has_reserve()


def test_one_in_64_connections_makes_room_and_of_equals_the_oldest():
    idle = [Waiting(Wait.IDLE) for _ in range(128)]
    connections = limited(128, *idle)
    assert connections.add(Waiting(None))
    assert [each.shed_in for each in idle] == [Wait.IDLE] * 2 + [None] * 126
    assert len(connections) == 127


def test_a_wait_that_has_just_begun_is_the_last_to_end_for_another_connection(
    monkeypatch: pytest.MonkeyPatch,
):
    now = 0.0
    monkeypatch.setattr(connection_timeouts, "monotonic", lambda: now)
    for begun in ((Wait.IDLE, "another request"), (Wait.READ, "a request")):
        stats = RequestStats(instance="i-test", versions={}, log_sample=0)
        connections = Connections(Settings(max_connections=2), stats)
        waiting, fresh = Checked((Wait.IDLE, "a request")), Checked((Wait.IDLE, "a request"))
        now = 0.0
        for connection in (fresh, waiting):  # which is the oldest
            connections.add(connection)
        connections.check_timeouts()
        now, fresh.wait = 9.0, begun
        assert connections.add(Checked())
        assert (waiting.shed_in, fresh.shed_in) == ([Wait.IDLE], [])


def test_a_service_that_drains_ends_each_connection_with_its_response():
    connections = limited(9)
    open_ones = [Checked(), Checked()]
    for connection in open_ones:
        connections.add(connection)
    assert not connections.draining
    connections.drain()
    assert connections.draining
    assert [connection.is_last for connection in open_ones] == [True, True]


def test_a_body_on_the_wire_may_be_twice_as_long_and_is_discarded_up_to_a_limit():
    stats = RequestStats(instance="i-test", versions={}, log_sample=0)
    assert Connections(Settings(max_body_bytes=100), stats).maximum_body_bytes == 16 * 2**20 + 200


def test_as_many_requests_wait_as_may_be_in_progress():
    async def wait() -> None:
        stats = RequestStats(instance="i-test", versions={}, log_sample=0)
        requests = Connections(Settings(max_concurrent=2), stats).requests
        for _ in range(STARTS_PER_TURN + 1):
            requests.begin(lambda: None)
        assert not requests.is_full
        requests.begin(lambda: None)
        assert requests.is_full

    asyncio.run(wait())


TIMEOUTS: Final = Settings(head_seconds=10, body_seconds=30, keep_alive_seconds=75)


@dataclass(eq=False)
class Checked:
    """Connection in a given wait, which records how it ends."""

    wait: tuple[Wait, object] | None = None
    timed_out: list[Wait] = field(default_factory=list[Wait])
    shed_in: list[Wait] = field(default_factory=list[Wait])
    is_last: bool = False
    """Whether its response is to be the last one."""

    def current_wait(self) -> tuple[Wait, object] | None:
        return self.wait

    def time_out(self, wait: Wait) -> None:
        self.timed_out.append(wait)

    def shed(self, wait: Wait) -> None:
        self.shed_in.append(wait)

    def close_after_response(self) -> None:
        self.is_last = True


def timed_out(monkeypatch: pytest.MonkeyPatch, *waits: tuple[Wait, object] | None) -> list[tuple[int, Wait]]:
    """Check a connection at each second, in these waits; return the timeouts with their seconds."""
    now = 0.0
    monkeypatch.setattr(connection_timeouts, "monotonic", lambda: now)
    connections = Connections(TIMEOUTS, RequestStats(instance="i-1", versions={}, log_sample=0))
    connection, found = Checked(), list[tuple[int, Wait]]()
    connections.add(connection)
    for second, wait in enumerate(waits):
        now, connection.wait = float(second), wait
        connections.check_timeouts()
        found += [(second, each) for each in connection.timed_out]
        connection.timed_out.clear()
    return found


@pytest.mark.parametrize(
    ("wait", "seconds"), [(Wait.HEAD, 10), (Wait.BODY, 30), (Wait.READ, 30), (Wait.IDLE, 75), (Wait.CLOSE, 2)]
)
def test_a_wait_ends_after_its_own_seconds(monkeypatch: pytest.MonkeyPatch, wait: Wait, seconds: int):
    request = object()
    assert timed_out(monkeypatch, *[(wait, request)] * (seconds + 1)) == [(seconds, wait)]


def test_the_time_of_reading_a_response_is_no_idle_time(monkeypatch: pytest.MonkeyPatch):
    cycle = object()  # of the request that was answered, in both waits
    waits = [(Wait.READ, cycle)] * 25 + [(Wait.IDLE, cycle)] * 76
    assert timed_out(monkeypatch, *waits) == [(25 + 75, Wait.IDLE)]


def test_a_wait_for_another_request_begins_anew(monkeypatch: pytest.MonkeyPatch):
    waits = [(Wait.BODY, "first")] * 25 + [(Wait.BODY, "second")] * 31
    assert timed_out(monkeypatch, *waits) == [(25 + 30, Wait.BODY)]


def test_the_time_in_which_the_application_works_is_no_wait(monkeypatch: pytest.MonkeyPatch):
    cycle = object()
    waits = [(Wait.BODY, cycle)] * 25 + [None] * 100 + [(Wait.BODY, cycle)] * 31
    assert timed_out(monkeypatch, *waits) == [(25 + 100 + 30, Wait.BODY)]


def test_a_request_that_timed_out_has_its_own_status_in_logs_and_metrics(predictors: Predictors):
    app = create_app(predictors, SETTINGS)

    async def time_out() -> tuple[object, bytes]:
        connection = Connection(protocol_class(), app, app)
        connection.protocol.data_received(SLOW_BODY)
        scope: dict[str, Any] = connection.protocol.cycle.scope  # pyright: ignore[reportAssignmentType] (uvicorn's type)
        connection.protocol.time_out(Wait.BODY)
        await asyncio.gather(*connection.server.tasks)
        return scope["state"]["refused"], connection.wire.sent

    refused, sent = asyncio.run(time_out())
    assert refused == 408
    assert sent.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
