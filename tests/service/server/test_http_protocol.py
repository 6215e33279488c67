"""HTTP/1.1 protocol: slow, large and invalid requests are answered or refused, and delay no other client."""

from __future__ import annotations

import json
import re
import socket
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.service.conftest import RunningService, StartService

FLOWER = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'
SETOSA = b'{"specie":"Iris Setosa"}'
LIVEZ = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"


def post(body: bytes = FLOWER, *headers: bytes) -> bytes:
    lines = [
        b"POST /api/v01/classify HTTP/1.1",
        b"host: x",
        b"content-type: application/json",
        b"content-length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def short_timeouts(start_service: StartService) -> RunningService:
    return start_service(
        IRIS_INSTANCE_ID="i-brisk", IRIS_HEAD_SECONDS="1", IRIS_BODY_SECONDS="1", IRIS_MAX_CONNECTIONS="40"
    )


def connect(running: RunningService) -> socket.socket:
    url = urlsplit(running.url)
    return socket.create_connection((url.hostname or "", url.port or 0), timeout=20)


def received_until_closed(connection: socket.socket) -> bytes:
    received = bytearray()
    while chunk := connection.recv(65_536):
        received += chunk
    return bytes(received)


def exchange(running: RunningService, *parts: bytes) -> bytes:
    """Send each part after the server has read the one before; return its response up to the end."""
    with connect(running) as connection, ExitStack() as stack:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        another = stack.enter_context(connect(running)) if len(parts) > 1 else None
        for number, part in enumerate(parts):
            if number and another:
                wait_until_read(another)
            connection.sendall(part)
        return received_until_closed(connection)


def wait_until_read(another: socket.socket) -> None:
    """Wait until the server has read what was sent on any connection so far.

    Between two requests on another connection it looks at all that have something to read.
    """
    for _ in range(2):
        another.sendall(LIVEZ)
        response = b""
        while not response.endswith(b'{"status":"alive"}'):
            received = another.recv(65_536)
            assert received
            response += received


def at_once(running: RunningService, *requests: bytes) -> list[bytes]:
    """Send each on a connection of its own; return the responses up to their end."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(running)) for _ in requests]
        for connection, request in zip(connections, requests, strict=True):
            connection.sendall(request)
        return [received_until_closed(connection) for connection in connections]


def wait_until(happened: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def problem_of(response: bytes, status: int) -> dict[str, Any]:
    head, _, body = response.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0].split()[1] == str(status).encode(), response
    headers = dict(line.lower().split(b": ", 1) for line in lines[1:])
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"connection"] == b"close"
    assert headers[b"x-served-by"].startswith(b"i-")
    assert headers[b"x-request-id"]
    assert headers[b"date"]
    assert int(headers[b"content-length"]) == len(body)
    problem: dict[str, Any] = json.loads(body)
    assert problem["status"] == status
    return problem


# --- slow ---------------------------------------------------------------------------------------------------


def test_a_slow_head_is_refused(short_timeouts: RunningService):
    started = time.monotonic()
    with connect(short_timeouts) as connection:
        connection.settimeout(0.3)
        connection.sendall(b"GET /livez?x HTTP/1.1\r\nhost: x\r\nx-request-id: late\r\n")
        response = b""
        while not response:
            connection.sendall(b"a: b\r\n")  # a byte now and then does not help
            try:
                response = connection.recv(65_536)
            except TimeoutError:
                assert time.monotonic() < started + 10
        assert b"x-request-id: late" in response
        problem = problem_of(response, 408)
    assert "head" in problem["detail"]
    assert problem["instance"] == "/livez"
    assert time.monotonic() > started + 1


def test_a_slow_body_is_refused(short_timeouts: RunningService):
    chunked = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab"
    for response in at_once(short_timeouts, post()[:-1], chunked):
        assert "body" in problem_of(response, 408)["detail"]


def test_a_silent_connection_is_closed_without_a_response(short_timeouts: RunningService):
    assert at_once(short_timeouts, b"", b"\r\n\r\n") == [b"", b""]


def test_a_slow_second_request_is_refused(short_timeouts: RunningService):
    response = exchange(short_timeouts, LIVEZ + LIVEZ[:10])
    first, second = re.split(rb"(?=HTTP/1.1 \d)", response)[1:]
    assert first.startswith(b"HTTP/1.1 200")
    problem_of(second, 408)


def test_many_slow_clients_do_not_delay_others(short_timeouts: RunningService):
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(short_timeouts)) for _ in range(30)]
        for connection in slow:
            connection.sendall(post()[:100])
        assert exchange(short_timeouts, post(FLOWER, b"connection: close")).endswith(SETOSA)
        for connection in slow:
            problem_of(received_until_closed(connection), 408)


def test_one_connection_too_many_is_refused(short_timeouts: RunningService):
    wait_until(lambda: not clients_of(psutil.Process(short_timeouts.process.pid)))  # those of other tests
    with ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(connect(short_timeouts))
            connection.sendall(LIVEZ)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        refused = exchange(short_timeouts)
        assert b"retry-after: 1" in refused
        problem_of(refused, 503)
    wait_until(lambda: exchange(short_timeouts, post(FLOWER, b"connection: close")).endswith(SETOSA))


def test_a_request_can_arrive_in_two_pieces_split_anywhere(service: RunningService):
    request = post(FLOWER, b"x-request-id: cut")
    with connect(service) as connection, connect(service) as another:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for cut in range(1, len(request)):
            connection.sendall(request[:cut])
            wait_until_read(another)
            connection.sendall(request[cut:])
            response = b""
            while not response.endswith(SETOSA):
                response += connection.recv(65_536)
            assert response.startswith(b"HTTP/1.1 200")
            assert b"x-request-id: cut" in response


def test_a_request_can_arrive_byte_by_byte(service: RunningService):
    request = post(FLOWER, b"connection: close")
    assert exchange(service, *(request[i : i + 1] for i in range(len(request)))).endswith(SETOSA)


# --- large --------------------------------------------------------------------------------------------------


def many_headers() -> bytes:
    return b"".join(b"x-%d: %s\r\n" % (number, b"v" * 100) for number in range(1_000))


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414),
        (b"GET /" + b"a" * 50_000, 414),
        (b"GET /livez HTTP/1.1\r\nhost: x\r\ncookie: " + b"c" * 200_000 + b"\r\n\r\n", 431),
        (b"GET /livez HTTP/1.1\r\nhost: x\r\n" + many_headers() + b"\r\n", 431),
        (b"GET /livez HTTP/1.1\r\n" + b"a" * 100_000, 431),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 50_000, 431),
    ],
)
def test_an_oversized_head_is_refused_with_a_readable_response(
    service: RunningService, request_bytes: bytes, status: int
):
    with connect(service) as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        assert problem_of(received_until_closed(connection), status)["instance"].startswith("/")


def test_a_head_just_below_the_limit_is_accepted(service: RunningService):
    request = b"GET /livez?" + b"a" * 8_000 + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: "
    response = exchange(service, request + b"c" * 16_000 + b"\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 200")


def test_an_endless_head_is_read_no_further(service: RunningService):
    with connect(service) as connection, pytest.raises(ConnectionError):
        connection.sendall(b"a" * (256 * 1_048_576))


def test_a_client_that_does_not_read_its_responses_is_disconnected(short_timeouts: RunningService):
    server = psutil.Process(short_timeouts.process.pid)
    with connect(short_timeouts) as connection:
        port = connection.getsockname()[1]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.setblocking(False)
        wait_until(lambda: port in clients_of(server))
        with suppress(OSError):  # it stops reading requests while their responses are not read
            for _ in range(100):
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 50)
                time.sleep(0.01)
        wait_until(lambda: port not in clients_of(server))


def clients_of(server: psutil.Process) -> set[int]:
    return {connection.raddr.port for connection in server.net_connections() if connection.raddr}


def test_pipelined_requests_beyond_the_limit_are_dropped(service: RunningService):
    with connect(service) as connection:
        connection.sendall(LIVEZ * 20_000)
        answered = received_until_reset(connection).count(b"HTTP/1.1 200")
    assert 1 < answered < 1_000


def received_until_reset(connection: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while chunk := connection.recv(65_536):
            received += chunk
    return bytes(received)


# --- invalid
# -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\na\x00b: c\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
    ],
)
def test_anything_but_http_is_a_bad_request(service: RunningService, request_bytes: bytes):
    problem_of(exchange(service, request_bytes), 400)


def test_complete_requests_before_an_invalid_one_are_answered(service: RunningService):
    for request, answered in ((post(), SETOSA), (LIVEZ, b'{"status":"alive"}')):
        response = exchange(service, request + b"rubbish\r\n\r\n")
        assert response.startswith(b"HTTP/1.1 200")
        assert answered in response


def test_pipelined_requests_are_answered_in_order(service: RunningService):
    bad = post(b"{}")
    response = exchange(service, post() + bad + LIVEZ + post(FLOWER, b"connection: close"))
    assert re.findall(rb"HTTP/1.1 (\d+)", response) == [b"200", b"422", b"200", b"200"]


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_an_upgrade_is_declined_without_losing_the_body(service: RunningService, framing: str):
    # Java's HttpClient sends such requests. The body must not be parsed as another request.
    offer = (b"connection: Upgrade, HTTP2-Settings", b"upgrade: h2c", b"http2-settings: AAEAAEAAAAIAAAAB")
    request = post(FLOWER, *offer)
    if framing == "chunks":
        length = b"content-length: %d" % len(FLOWER)
        request = request.replace(length, b"transfer-encoding: chunked").removesuffix(FLOWER)
        request += b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (FLOWER[:5], len(FLOWER) - 5, FLOWER[5:])
    for parts in ((request,), (request[:-10], request[-10:])):
        response = exchange(service, *parts)
        assert response.count(b"HTTP/1.1") == 1
        assert response.startswith(b"HTTP/1.1 200")
        assert response.endswith(SETOSA)


def test_an_upgrade_without_a_body_leaves_the_connection_open(service: RunningService):
    offer = LIVEZ.replace(b"host: x", b"host: x\r\nconnection: upgrade\r\nupgrade: websocket")
    response = exchange(service, offer + offer, post(FLOWER, b"connection: close"))
    assert re.findall(rb"HTTP/1.1 (\d+)", response) == [b"200", b"200", b"200"]


def test_a_client_that_has_ended_its_direction_is_still_answered(service: RunningService):
    unhurried = post(FLOWER, b"accept: application/json;q=0.9")  # not for the fast way
    for requests in (post(), unhurried, unhurried + LIVEZ + post()):
        with connect(service) as connection:
            connection.sendall(requests)
            connection.shutdown(socket.SHUT_WR)
            answers = received_until_closed(connection)
        assert answers.count(b"HTTP/1.1 200") == requests.count(b"HTTP/1.1")
        assert answers.endswith(SETOSA)


def test_an_http_1_0_client_is_answered_and_its_connection_closed(service: RunningService):
    response = exchange(service, b"GET /livez HTTP/1.0\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 200")
