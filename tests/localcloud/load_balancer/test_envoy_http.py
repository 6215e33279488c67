"""Requests of many kinds of clients, byte by byte, through a real Envoy."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from typing_extensions import override

from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
)
from localcloud.load_balancer.envoy_http import (
    DEFAULT_HOST,
    appends_address,
    forwarded_for_options,
    http_options,
)
from localcloud.processes import find_free_port
from tests.localcloud.load_balancer.routing.test_envoy_routes import rule, wait_for
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP, write
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

DROP = {"routing.http.drop_invalid_header_fields.enabled": "true"}


class Echo(BaseHTTPRequestHandler):
    """Target that describes the request that it received."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/lost":
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length", "0"))
        seen = {
            "method": self.command,
            "path": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": self.rfile.read(length).decode(),
        }
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_PROPFIND = do_GET  # noqa: N815 (names of http.server)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of an Envoy with the attributes of the program's load balancer."""
    with envoy_with(DROP, tmp_path_factory.mktemp("envoy")) as port:
        yield port


@contextmanager
def envoy_with(attributes: dict[str, str], folder: Path) -> Generator[int]:
    """Start an Envoy with these attributes and an echo as its target; yield its port."""
    files, port = EnvoyFiles(folder), find_free_port()
    algorithm = {"load_balancing.algorithm.type": "round_robin"}
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as target:
        threading.Thread(target=target.serve_forever, args=(0.01,)).start()
        write(
            configuration_files(
                files, port, LOAD_BALANCER | attributes, TARGET_GROUP, algorithm, [rule("/hidden")]
            )
        )
        files.endpoints.write_text(json.dumps(endpoint_config([EnvoyTarget("i-1", target.server_port)])))
        with subprocess.Popen(command(files), stderr=subprocess.DEVNULL) as envoy:
            try:
                wait_for(f"http://127.0.0.1:{port}/")
                yield port
            finally:
                envoy.kill()
                target.shutdown()


class Reply(NamedTuple):
    """Response to a raw request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def seen(self) -> dict[str, Any]:
        """The request as the target received it."""
        return json.loads(self.body)

    @property
    def seen_headers(self) -> dict[str, str]:
        return dict(self.seen["headers"])


def send(port: int, text: str, *, method: str = "GET") -> Reply:
    """Send a request exactly as it is written, and return the response."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        response = HTTPResponse(connection, method=method)
        response.begin()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


def test_a_target_that_closes_the_connection_instead_of_a_response_is_a_bad_gateway(port: int):
    """See ELB user guide, "Troubleshoot your Application Load Balancers", HTTP 502."""
    assert send(port, "POST /lost HTTP/1.1\nHost: a\nContent-Length: 0\nConnection: close\n\n").status == 502
    assert send(port, "GET /lost HTTP/1.1\nHost: a\nConnection: close\n\n").status == 502


def test_a_client_sees_the_headers_of_the_target_and_none_of_envoy(port: int):
    reply = send(port, "GET /a HTTP/1.1\nHost: a\nConnection: close\n\n")
    assert reply.headers["server"].startswith("BaseHTTP/")
    assert not [name for name in reply.headers if name.startswith("x-envoy")]


def test_a_target_that_refuses_closes_or_resets_a_connection_is_a_bad_gateway():
    # Envoy's documentation of its access log, "%RESPONSE_FLAGS%": UF, UC and UR, in this order.
    mappers = http_options(LOAD_BALANCER)["local_reply_config"]["mappers"]
    (flags,) = (
        part["response_flag_filter"]["flags"]
        for mapper in mappers
        if mapper["status_code"] == 502
        for part in mapper["filter"]["and_filter"]["filters"]
        if "response_flag_filter" in part
    )
    assert flags == ["UF", "UC", "UR"]


def test_requests_of_http_1_0_are_answered_and_the_connection_ends(port: int):
    # As ApacheBench (`ab`) and nginx's proxies send them.
    reply = send(port, "GET /a HTTP/1.0\nHost: example.org\n\n")
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    assert (reply.seen["path"], reply.seen_headers["host"]) == ("/a", "example.org")


def test_a_connection_of_http_1_0_is_kept_alive_on_request(port: int):
    reply = send(port, "GET /a HTTP/1.0\nHost: example.org\nConnection: Keep-Alive\n\n")
    assert (reply.status, reply.headers["connection"]) == (200, "keep-alive")


# ELB user guide, "How Elastic Load Balancing works": the load balancer generates the header for HTTP/1.0
# requests without one. HTTP/1.1 requires it (RFC 9112, 3.2).
def test_only_http_1_0_may_leave_out_the_host(port: int):
    assert send(port, "GET /a HTTP/1.0\n\n").seen_headers["host"] == DEFAULT_HOST
    assert send(port, "GET /a HTTP/1.1\n\n").status == 400


def test_http_0_9_is_answered(port: int):
    assert send(port, "GET /a\n\n").seen["path"] == "/a"


def test_two_hosts_are_refused(port: int):
    assert send(port, "GET /a HTTP/1.1\nHost: a\nHost: b\n\n").status == 400


@pytest.mark.parametrize(
    "offer",
    # Apache HttpClient since 5.4, the example of RFC 9110 (7.8), curl --http2, and browsers.
    ["TLS/1.2", "HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11", "h2c", "websocket", "WebSocket", "w"],
)
def test_an_offer_to_upgrade_is_ignored(port: int, offer: str):
    head = f"HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: {offer}\n"
    reply = send(port, f"GET /a {head}\n")
    assert (reply.status, reply.seen["path"]) == (200, "/a")
    assert send(port, f"POST /a {head}Content-Length: 3\n\nabc").seen["body"] == "abc"


@pytest.mark.parametrize("attribute", ["true", "false"])
def test_names_of_headers_are_checked_if_the_attribute_is_set(attribute: str, tmp_path: Any):
    attributes = LOAD_BALANCER | dict.fromkeys(DROP, attribute)
    files = EnvoyFiles(tmp_path)
    contents = configuration_files(
        files, 8080, attributes, TARGET_GROUP, {"load_balancing.algorithm.type": "round_robin"}
    )
    (listener,) = contents[files.listeners]["resources"]
    (chain,) = listener["filter_chains"]
    mutations = chain["filters"][0]["typed_config"]["early_header_mutation_extensions"]
    assert bool(mutations) is (attribute == "true")


# ELB API reference, LoadBalancerAttribute: names must match [-A-Za-z0-9]+
def test_headers_with_invalid_names_are_dropped(port: int):
    names = ("x_y", "_", "y!", "+z", "a.b", "X-Valid", "0")
    headers = "".join(f"{name}: 1\n" for name in names)
    seen = send(port, f"GET /a HTTP/1.1\nHost: a\n{headers}\n").seen_headers
    assert {name for name, value in seen.items() if value == "1"} == {"x-valid", "0"}


# ELB user guide, "Troubleshoot your Application Load Balancers": 64 K for the entire request header.
def test_a_head_of_more_than_64_kilobytes_is_refused_with_400(port: int):
    assert send(port, f"GET /a HTTP/1.1\nHost: a\nX: {'x' * 65_000}\n\n").status == 200
    assert send(port, f"GET /a HTTP/1.1\nHost: a\nX: {'x' * 66_000}\n\n").status == 400


def test_the_number_of_headers_is_left_to_the_target(port: int):
    # Envoy's own default is 100 too, but only the target names its limit.
    many = "".join(f"X-{number}: a\n" for number in range(150))
    reply = send(port, f"GET /a HTTP/1.1\nHost: a\n{many}\n")
    assert (reply.status, b"got more than 100 headers" in reply.body) == (431, True)


# The same guide, HTTP 405.
def test_trace_is_refused_and_other_methods_reach_the_target(port: int):
    assert send(port, "TRACE /a HTTP/1.1\nHost: a\n\n").status == 405
    assert send(port, "PROPFIND /a HTTP/1.1\nHost: a\n\n").seen["method"] == "PROPFIND"


def test_a_target_in_absolute_form_is_forwarded_with_its_host(port: int):
    seen = send(port, "GET http://example.org:8080/a?b HTTP/1.1\nHost: other\n\n")
    assert (seen.seen["path"], seen.seen_headers["host"]) == ("/a?b", "example.org:8080")


@pytest.mark.parametrize("host", ["a.", "a:8080", "[::1]:8080"])
def test_any_host_is_forwarded_as_it_was_sent(port: int, host: str):
    assert send(port, f"GET /a HTTP/1.1\nHost: {host}\n\n").seen_headers["host"] == host


def test_a_path_is_forwarded_as_it_was_sent(port: int):
    path = "/a/../b//c/./d%2Fe%2e"
    assert send(port, f"GET {path} HTTP/1.1\nHost: a\n\n").seen["path"] == path


def test_head_has_no_body_on_the_targets_paths_and_on_those_of_rules(port: int):
    for path, status in (("/a", 200), ("/hidden", 404)):
        reply = send(port, f"HEAD {path} HTTP/1.1\nHost: a\n\n", method="HEAD")
        assert (reply.status, reply.body) == (status, b"")
        assert int(reply.headers["content-length"]) > 0


def test_a_client_that_waits_for_100_is_told_to_continue(port: int):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(
            b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        response = HTTPResponse(connection)
        response.begin()
        assert json.loads(response.read())["body"] == "abc"


def test_the_connection_ends_where_the_client_wants_it(port: int):
    reply = send(port, "GET /a HTTP/1.1\nHost: a\nConnection: close\n\n")
    assert (reply.status, reply.headers["connection"]) == (200, "close")


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
"""Beginning of a connection of HTTP/2, with empty settings (RFC 9113, 3.4)."""

SETTINGS = 4
"""Type of the frame with which a server of HTTP/2 begins."""


# LoadBalancerAttribute, Elastic Load Balancing API 2015-12-01.
@pytest.mark.parametrize(("enabled", "speaks"), [("true", True), ("false", False)])
def test_http_2_is_spoken_only_if_the_attribute_says_so(tmp_path: Path, enabled: str, *, speaks: bool):
    with (
        envoy_with({"routing.http2.enabled": enabled}, tmp_path) as port,
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
    ):
        connection.sendall(PREFACE)
        answer = connection.recv(9)
    assert (answer[3:4] == bytes([SETTINGS])) is speaks


def test_the_client_port_is_added_to_x_forwarded_for_if_the_attribute_says_so(tmp_path: Path):
    with (
        envoy_with({"routing.http.xff_client_port.enabled": "true"}, tmp_path) as port,
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
    ):
        own = connection.getsockname()[1]
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()
        seen = dict(json.loads(response.read())["headers"])
    assert seen["x-forwarded-for"] == f"203.0.113.9,127.0.0.1:{own}"


# "X-Forwarded-For", ELB user guide: preserve leaves the header as it is, and remove drops it.
@pytest.mark.parametrize(
    ("mode", "options"),
    [("preserve", {}), ("remove", {"request_headers_to_remove": ["x-forwarded-for"]})],
)
def test_the_client_port_is_added_to_no_header_that_is_preserved_or_removed(mode: str, options: object):
    attributes = {
        "routing.http.xff_header_processing.mode": mode,
        "routing.http.xff_client_port.enabled": "true",
    }
    assert forwarded_for_options(attributes) == options
    assert appends_address(attributes) is (mode == "remove")


# "HTTP client keepalive duration", ELB user guide: it accepts one more request, and closes gracefully.
def test_a_connection_that_has_lasted_as_long_as_the_attribute_says_has_one_more_response(tmp_path: Path):
    with envoy_with({"client_keep_alive.seconds": "1"}, tmp_path) as port:

        def endings() -> list[str | None]:
            """Send requests on one connection to its end, and return what each response says of it."""
            found: list[str | None] = []
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                while found[-1:] != ["close"]:
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    response = HTTPResponse(connection)
                    response.begin()
                    response.read()
                    found.append(response.getheader("Connection"))
                    time.sleep(0.05)
                assert connection.recv(1) == b""
            return found

        def several() -> list[str | None]:
            # On a busy machine, it may be too late for the first request, which then has no response.
            with suppress(ConnectionError):
                if len(found := endings()) > 1:
                    return found
            return []

        begun = time.monotonic()
        *before, last = until(several)
        assert time.monotonic() > begun + 1
        assert (set(before), last) == ({None}, "close")
