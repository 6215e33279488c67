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
        (
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 50_000,
            431,
        ),
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
        b"GET /livez\r\n\r\n",
        b"GET /livez HTTP/0.9\r\nhost: x\r\n\r\n",
        b"GET /livez HTTP/2.0\r\nhost: x\r\n\r\n",
    ],
)
def test_anything_but_http_is_a_bad_request(service: RunningService, request_bytes: bytes):
    problem_of(exchange(service, request_bytes), 400)


CLASSIFY = b"/api/v01/classify/1.4/0.2/5.1/3.5"


def get(target: bytes = CLASSIFY, hosts: tuple[bytes, ...] = (b"x",), version: bytes = b"1.1") -> bytes:
    fields = b"".join(b"host: %b\r\n" % host for host in hosts)
    return b"GET %b HTTP/%b\r\n%bconnection: close\r\n\r\n" % (target, version, fields)


def get_and_keep_alive(target: bytes, hosts: tuple[bytes, ...]) -> bytes:
    return get(target, hosts).replace(b"connection: close\r\n", b"")


# RFC 9112, 3.2: 400 for no Host in HTTP/1.1, for several, and for an invalid one.
@pytest.mark.parametrize("target", [CLASSIFY, b"/livez"])
@pytest.mark.parametrize(
    "hosts",
    [(), (b"x", b"x"), (b"x", b"y"), (b"a b",), (b"a/b",), (b"u@a",), (b"a:b",), (b"[::1",), (b"a, b",)],
)
def test_a_request_without_exactly_one_valid_host_is_a_bad_request(
    service: RunningService, target: bytes, hosts: tuple[bytes, ...]
):
    problem_of(exchange(service, get_and_keep_alive(target, hosts)), 400)
    after_a_good_one = exchange(
        service, get_and_keep_alive(target, (b"x",)) + get_and_keep_alive(target, hosts)
    )
    good, bad = re.split(rb"(?=HTTP/1.1 \d)", after_a_good_one)[1:]
    assert good.startswith(b"HTTP/1.1 200")
    problem_of(bad, 400)


@pytest.mark.parametrize(
    "host",
    [b"", b"example.org", b"EXAMPLE.org:80", b"x:", b"192.0.2.1:8080", b"[::1]", b"[::1]:80", b"a%2Db_c"],
)
def test_every_valid_host_is_accepted(service: RunningService, host: bytes):
    for target in (CLASSIFY, b"/livez"):
        assert exchange(service, get(target, (host,))).startswith(b"HTTP/1.1 200")


def test_http_1_0_needs_no_host_but_may_not_have_two(service: RunningService):
    assert exchange(service, get(hosts=(), version=b"1.0")).startswith(b"HTTP/1.1 200")
    problem_of(exchange(service, get(hosts=(b"x", b"x"), version=b"1.0")), 400)


# RFC 9112, 3.2: a target has no fragment; `*` belongs to OPTIONS.
@pytest.mark.parametrize(
    "target",
    [
        CLASSIFY + b"#a",
        b"/livez#",
        b"/livez?a#b",
        b"*",
        b"livez",
        b"ws://x/livez",
        b"http://u@x/livez",
        b"http:///",
    ],
)
def test_a_malformed_target_is_a_bad_request(service: RunningService, target: bytes):
    problem_of(exchange(service, get(target)), 400)


# RFC 9112, 3.2.2: a server must accept the absolute form.
def test_a_target_in_absolute_form_is_served(service: RunningService):
    for target in (b"http://example.org" + CLASSIFY, b"HTTPS://example.org:443/livez"):
        assert exchange(service, get(target)).startswith(b"HTTP/1.1 200")
    for target in (b"http://example.org", b"http://example.org?lang=es"):
        response = exchange(service, get(target))
        assert response.startswith(b"HTTP/1.1 200")
        assert b"<html" in response


# RFC 9112, 6.1 and 6.3: 501 for an unknown coding; 400 if the body does not end with chunked.
@pytest.mark.parametrize(
    ("codings", "status"),
    [
        ((b"gzip, chunked",), 501),
        ((b"gzip", b"chunked"), 501),
        ((b"gzip",), 400),
        ((b"chunked, gzip",), 400),
        ((b"chunked, chunked",), 400),
        ((b"chunked", b"chunked"), 400),
        ((b"identity",), 400),
        ((b"xchunked",), 400),
        ((b"CHUNKED",), 200),
    ],
)
def test_only_the_chunked_transfer_coding_is_served(
    service: RunningService, codings: tuple[bytes, ...], status: int
):
    fields = b"\r\n".join(b"transfer-encoding: %b" % coding for coding in codings)
    request = in_chunks(b"connection: close").replace(b"transfer-encoding: chunked", fields)
    response = exchange(service, request)
    if status == 200:
        assert response.endswith(SETOSA)
    else:
        problem_of(response, status)


def test_a_transfer_coding_in_http_1_0_is_a_bad_request(service: RunningService):
    problem_of(exchange(service, in_chunks().replace(b"HTTP/1.1", b"HTTP/1.0")), 400)


# RFC 9110, 6.5.1: trailers must not be merged into the headers.
def test_trailers_never_become_headers(service: RunningService):
    request = in_chunks(
        b"connection: close", trailers=b"content-type: application/json\r\nx-request-id: t\r\n"
    )
    request = request.replace(b"content-type: application/json\r\n", b"", 1)
    response = exchange(service, request)
    assert response.startswith(b"HTTP/1.1 415 Unsupported Media Type")
    assert b"x-request-id: t" not in response


def padded(size: int, *, name: bool = False, target: bytes = CLASSIFY) -> bytes:
    """Return a request of exactly `size` bytes."""
    request = get(target).replace(b"\r\n\r\n", b"\r\na: \r\n\r\n")
    filling = b"a" * (size - len(request))
    return request.replace(b"\na: ", b"\n%ba: " % filling if name else b"\na: %b" % filling)


@pytest.mark.parametrize("name", [False, True], ids=["value", "name"])
@pytest.mark.parametrize("target", [CLASSIFY, b"/livez"])
@pytest.mark.parametrize("first", [1, 9_000, 32_760, None])
def test_the_limit_of_a_head_is_exact_however_it_arrives(
    service: RunningService, target: bytes, first: int | None, *, name: bool
):
    for size, status in ((32_768, b"200"), (32_769, b"431")):
        request = padded(size, name=name, target=target)
        assert len(request) == size
        response = exchange(service, *((request[:first], request[first:]) if first else (request,)))
        assert response[9:12] == status


@pytest.mark.parametrize("target", [CLASSIFY, b"/livez"])
def test_the_limits_of_headers_and_trailers_are_exact(service: RunningService, target: bytes):
    for more, status in ((998, b"200"), (999, b"431")):  # in addition to Host and Connection
        fields = b"".join(b"x%d: 1\r\n" % number for number in range(more))
        assert exchange(service, get(target)[:-2] + fields + b"\r\n")[9:12] == status
    for count, status in ((1_000, b"200"), (1_001, b"431")):
        trailers = b"".join(b"x%d: 1\r\n" % number for number in range(count))
        assert exchange(service, in_chunks(b"connection: close", trailers=trailers))[9:12] == status


def test_a_target_of_exactly_the_limit_is_accepted(service: RunningService):
    for size, status in ((8_192, b"200"), (8_193, b"414")):
        assert exchange(service, get(b"/livez?".ljust(size, b"a")))[9:12] == status


def test_a_held_request_with_a_long_head_waits_for_its_body(service: RunningService):
    request = post(FLOWER, b"connection: close", b"a: " + b"a" * 32_000)
    assert exchange(service, request[:-5], request[-5:]).endswith(SETOSA)
    oversized = post(FLOWER, b"a: " + b"a" * 33_000)
    problem_of(exchange(service, oversized[:-5]), 431)


# RFC 9112, 7.1.1: the length of chunk extensions ought to be limited.
@pytest.mark.parametrize("framing", [b"1;" + b"a" * 50_000, b"0\r\na: " + b"a" * 50_000])
def test_long_framing_of_a_body_is_refused(service: RunningService, framing: bytes):
    head = in_chunks().partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    problem_of(exchange(service, head + framing), 431)


# --- expectations -------------------------------------------------------------------------------------------

WAITS = b"expect: 100-continue"


# RFC 9110, 10.1.1: a final status that does not depend on the body is sent without 100 (Continue).
@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (post(FLOWER, WAITS).replace(b"/api/v01/classify", b"/nowhere"), b"404 Not Found"),
        (post(FLOWER, WAITS).replace(b"/api/v01/classify", b"/livez"), b"405 Method Not Allowed"),
        (post(FLOWER, WAITS, b"accept: text/html"), b"406 Not Acceptable"),
        (post(FLOWER, WAITS, b"content-encoding: gzip"), b"415 Unsupported Media Type"),
        (post(FLOWER, WAITS).replace(b"application/json", b"text/plain"), b"415 Unsupported Media Type"),
        (post(FLOWER, WAITS).replace(b"classify", b"classify/batch").replace(b"json", b"xml"), b"415 "),
        (post(FLOWER, WAITS).replace(b"length: ", b"length: 9999999"), b"413 Content Too Large"),
    ],
)
def test_a_request_that_will_be_refused_is_not_continued(
    service: RunningService, request_bytes: bytes, status: bytes
):
    response = exchange(service, request_bytes.removesuffix(FLOWER))
    assert response.startswith(b"HTTP/1.1 " + status)
    problem_of(response, int(status[:3]))


def test_a_request_that_may_be_served_is_continued(service: RunningService):
    request = post(FLOWER, WAITS, b"connection: close")
    response = exchange(service, request.removesuffix(FLOWER), FLOWER)
    assert response.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_http_1_0_and_complete_bodies_are_never_continued(service: RunningService):
    request = post(FLOWER, WAITS, b"connection: close")
    for version in (b"HTTP/1.0", b"HTTP/1.1"):
        response = exchange(service, request.replace(b"HTTP/1.1", version))
        assert response.startswith(b"HTTP/1.1 200 OK")
    response = exchange(service, request.replace(b"HTTP/1.1", b"HTTP/1.0").removesuffix(FLOWER), FLOWER)
    assert response.startswith(b"HTTP/1.1 200 OK")


def test_a_broken_body_counts_as_an_error_of_the_client(service: RunningService):
    broken = in_chunks(WAITS).partition(b"\r\n\r\n")[0] + b"\r\n\r\nzz\r\n"
    problem_of(exchange(service, broken), 400)
    assert "Traceback" not in service.log.read_text()
    assert 'status="5xx"' not in "".join(
        line for line in service.get("/metrics").text.splitlines() if "POST" in line
    )


def test_complete_requests_before_an_invalid_one_are_answered(service: RunningService):
    for request, answered in ((post(), SETOSA), (LIVEZ, b'{"status":"alive"}')):
        response = exchange(service, request + b"rubbish\r\n\r\n")
        assert response.startswith(b"HTTP/1.1 200")
        assert answered in response


def test_a_broken_body_of_a_pipelined_request_is_refused_after_the_responses_before_it(
    service: RunningService,
):
    broken = in_chunks().partition(b"\r\n\r\n")[0] + b"\r\n\r\nzz\r\n"
    for request in (post(), LIVEZ):  # by the fast path, and not
        good, bad = re.split(rb"(?=HTTP/1.1 \d)", exchange(service, request + broken))[1:]
        assert good.startswith(b"HTTP/1.1 200")
        problem_of(bad, 400)


def test_pipelined_requests_are_answered_in_order(service: RunningService):
    bad = post(b"{}")
    response = exchange(service, post() + bad + LIVEZ + post(FLOWER, b"connection: close"))
    assert re.findall(rb"HTTP/1.1 (\d+)", response) == [b"200", b"422", b"200", b"200"]


# A server ignores an Upgrade that it does not serve (RFC 9110, 7.8). Java's HttpClient sends these headers.
H2C = (b"connection: Upgrade, HTTP2-Settings", b"upgrade: h2c", b"http2-settings: AAEAAEAAAAIAAAAB")


def in_chunks(*headers: bytes, trailers: bytes = b"") -> bytes:
    head = post(b"", b"transfer-encoding: chunked", *headers).replace(b"content-length: 0\r\n", b"")
    chunks = b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n" % (FLOWER[:5], len(FLOWER) - 5, FLOWER[5:])
    return head + chunks + trailers + b"\r\n"


@pytest.mark.parametrize("upgrade", [post(FLOWER, *H2C), in_chunks(*H2C)], ids=["length", "chunks"])
def test_an_upgrade_is_ignored_without_losing_the_body_or_the_next_request(
    service: RunningService, upgrade: bytes
):
    last = post(FLOWER, b"connection: close")
    for parts in (
        (upgrade, last),
        (upgrade[:-10], upgrade[-10:] + last),
        (upgrade + last,),
        (upgrade + upgrade + upgrade[:-10], upgrade[-10:] + last),
    ):
        response = exchange(service, *parts)
        assert response.count(b"HTTP/1.1 200 OK") == b"".join(parts).count(b"POST ")
        assert response.count(SETOSA) == b"".join(parts).count(b"POST ")


def test_an_upgrade_without_a_body_leaves_the_connection_open(service: RunningService):
    offer = LIVEZ.replace(b"host: x", b"host: x\r\nconnection: upgrade\r\nupgrade: websocket")
    java = LIVEZ.replace(b"host: x", b"\r\n".join((b"host: x", b"content-length: 0", *H2C)))
    response = exchange(service, offer + java + offer, java + post(FLOWER, b"connection: close"))
    assert re.findall(rb"HTTP/1.1 (\d+)", response) == [b"200"] * 5


def test_hundreds_of_upgrades_in_one_piece_are_answered(service: RunningService):
    offer = b"GET / HTTP/1.1\r\nhost:\r\nconnection:upgrade\r\nupgrade:a\r\ncontent-length:0\r\n\r\n"
    response = exchange(service, offer * 90 + post(FLOWER, b"connection: close"))
    assert response.count(b"HTTP/1.1 200") == 91


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


@pytest.mark.parametrize("path", [b"/livez", b"/api/v01/classify"])
def test_a_query_has_up_to_100_fields(service: RunningService, path: bytes):
    flower = b"pl=1.4&pw=0.2&sl=5.1&sw=3.5"
    for fields, status in ((100, b"200"), (101, b"400")):
        target = b"%b?%b%b" % (path, flower, b"".join(b"&x%d=" % each for each in range(fields - 4)))
        request = b"GET %b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % target
        assert exchange(service, request).startswith(b"HTTP/1.1 %b " % status), fields


def test_no_request_of_one_connection_is_lost_before_one_with_too_many_fields(service: RunningService):
    query = b"GET /api/v01/classify?" + b"&" * 100 + b" HTTP/1.1\r\nhost: x\r\n\r\n"
    received = exchange(service, LIVEZ + post() + query + LIVEZ)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"200", b"400"]
