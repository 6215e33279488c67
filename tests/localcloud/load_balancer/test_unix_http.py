"""HTTP client of a Unix socket: connections that are kept, servers that end, and silent ones."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from typing_extensions import override

from localcloud.load_balancer.unix_http import UnixHttpClient

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

SILENT: Final = "/silent"
MISSING: Final = "/missing"


class Handler(BaseHTTPRequestHandler):
    """Answers each request with the number of its connection and its query."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        server: Any = self.server
        if parts.path == SILENT:
            server.is_given_up.wait(30)
        text = f"{len(server.connections)} {parse_qs(parts.query)}".encode()
        self.send_response(404 if parts.path == MISSING else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    @override
    def log_message(self, format: str, *args: object) -> None: ...


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Server that knows its connections, of which each has a thread."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.connections: list[socket.socket] = []
        self.is_given_up = threading.Event()
        super().__init__(str(path), Handler)

    @override
    def get_request(self) -> tuple[socket.socket, Any]:
        connection, _ = super().get_request()
        self.connections.append(connection)
        return connection, ("client", 0)


@contextmanager
def serve(path: Path) -> Generator[Server]:
    """Serve on a socket; in the end all connections are closed, as by a process that ends."""
    with Server(path) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            for connection in server.connections:
                with suppress(OSError):  # the client has closed it
                    connection.shutdown(socket.SHUT_RDWR)
            path.unlink()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "socket"


@pytest.fixture
def client(path: Path) -> Iterator[UnixHttpClient]:
    client = UnixHttpClient(path)
    yield client
    client.close()


def test_requests_share_one_connection_and_have_their_query(path: Path, client: UnixHttpClient):
    with serve(path):
        assert client.get("/stats", {"filter": "^(a|b)\\.c$"}, 5) == "1 {'filter': ['^(a|b)\\\\.c$']}"
        assert client.get("/stats", {}, 5) == "1 {}"


def test_there_is_no_answer_without_a_server_and_one_as_soon_as_there_is(path: Path, client: UnixHttpClient):
    assert client.get("/", {}, 5) is None
    with serve(path):
        assert client.get("/", {}, 5) == "1 {}"
    assert client.get("/", {}, 5) is None


def test_the_server_after_one_that_has_ended_answers_at_once(path: Path, client: UnixHttpClient):
    for _ in range(3):
        with serve(path):
            assert client.get("/", {}, 5) == "1 {}"


def test_an_answer_that_comes_too_late_is_none_to_the_next_request(path: Path, client: UnixHttpClient):
    with serve(path) as server:
        assert client.get(SILENT, {"a": "1"}, 0.1) is None
        server.is_given_up.set()
        assert client.get("/", {"b": "2"}, 5) == "2 {'b': ['2']}"


def test_an_error_is_no_answer_and_leaves_the_connection_open(path: Path, client: UnixHttpClient):
    with serve(path):
        assert client.get(MISSING, {}, 5) is None
        assert client.get("/", {}, 5) == "1 {}"
