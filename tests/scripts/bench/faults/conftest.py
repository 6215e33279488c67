"""Service that answers the requests of a load as a test tells it."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from scripts.bench.load.requests import flower_requests
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

RIGHT = {
    (request.method, request.target, request.body): request.expected or b"" for request in flower_requests()
}
"""Right answer to each request of a load."""


ONE_AT_A_TIME = threading.Lock()

SLOW_SECONDS = 0.01
"""Time of each answer of a slow service, which gives one after the other."""


class Service(BaseHTTPRequestHandler):
    """Service that answers as it is told."""

    protocol_version = "HTTP/1.1"
    answer = "good"
    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.answer == "close":
            self.close_connection = True
            return
        if self.answer == "slow":
            with ONE_AT_A_TIME:
                time.sleep(SLOW_SECONDS)
        if self.answer == "hang":
            until(lambda: self.answer != "hang")
        self.send_response(500 if self.answer == "fail" else 200)
        body = b"{}" if self.answer == "wrong" else RIGHT[self.command, self.path, sent]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore connections that the load has closed at its end."""


@pytest.fixture
def url() -> Iterator[str]:
    Service.answer, Service.requests = "good", 0
    with Server(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        Service.answer = "good"
        server.shutdown()
