"""Requests to this machine where the environment names a proxy, which reaches no loopback address."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from localcloud import health_probe
from localcloud.aws.clients import Api
from localcloud.localstack import server

if TYPE_CHECKING:
    from collections.abc import Iterator

IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
BODIES = {"/readyz": b"", "/_localstack/health": b'{"services": {}}', "/": IDENTITY}


class LocalStack(BaseHTTPRequestHandler):
    """Server that answers as LocalStack and as the service do."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200 if self.path in BODIES else 404)
        self.end_headers()
        self.wfile.write(BODIES.get(self.path, b""))

    def do_POST(self) -> None:
        self.do_GET()

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), LocalStack) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def test_the_health_of_the_service_is_asked_for_without_a_proxy(url: str):
    assert health_probe.is_ready(url)
    assert health_probe.get_status(f"{url}/nothing") == 404
    assert not health_probe.is_ready(f"{url}/nothing")


def test_the_aws_api_is_called_without_a_proxy(url: str):
    api = Api(url, "eu-west-1")
    assert server.is_ready(api)
    assert api.client("sts").get_caller_identity()["Account"] == "000000000000"
