"""Sticky sessions by the cookie of the load balancer, on a real Envoy in front of two targets.

Expected behaviour from the user guide for Application Load Balancers, "Sticky sessions".
"""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest
from typing_extensions import override

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
)
from localcloud.load_balancer.routing.sticky_sessions import sticky_filters
from localcloud.processes import find_free_port
from localcloud.state_dir import replace_text
from tests.localcloud.load_balancer.routing.test_envoy_routes import wait_for
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP, write
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ATTRIBUTES = {
    "load_balancing.algorithm.type": "round_robin",
    "stickiness.enabled": "true",
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "120",
}


class Named(BaseHTTPRequestHandler):
    """Target that answers with its port, and starts a session at /login."""

    def do_GET(self) -> None:
        body = str(self.connection.getsockname()[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/login":
            self.send_header("Set-Cookie", "SESSION=1")
            self.send_header("Set-Cookie", "OTHER=2")
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def targets() -> Iterator[list[int]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Named) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    yield [server.server_port for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_client_stays_with_its_target_by_the_cookie_until_the_target_is_gone(
    targets: list[int], tmp_path: Path
):
    files, port = EnvoyFiles(tmp_path / "envoy"), find_free_port()
    files.folder.mkdir()
    write(configuration_files(files, port, LOAD_BALANCER, TARGET_GROUP, ATTRIBUTES))
    everything = [EnvoyTarget(f"i-{number}", number) for number in targets]
    files.endpoints.write_text(json.dumps(endpoint_config(everything)))
    url = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(command(files), stderr=subprocess.DEVNULL) as envoy:
        try:
            wait_for(url)

            def served_by() -> set[str]:
                return {httpx.get(url, trust_env=False, verify=NO_CERTIFICATES).text for _ in range(20)}

            # A target that is late for its first health check needs two others.
            until(lambda: served_by() == {*map(str, targets)})
            with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as client:
                first = client.get(url)
                assert first.headers["set-cookie"].startswith("AWSALB=")
                assert "Max-Age=120" in first.headers["set-cookie"]
                assert {client.get(url).text for _ in range(20)} == {first.text}
                rest = [target for target in everything if str(target.port) != first.text]
                replace_text(files.endpoints, json.dumps(endpoint_config(rest)))
                until(lambda: client.get(url).text != first.text)
                assert client.get(url).status_code == 200
        finally:
            envoy.terminate()


@pytest.mark.parametrize("change", [{"stickiness.enabled": "false"}, {"stickiness.type": "app_cookie"}])
def test_no_cookie_is_set_without_stickiness_or_the_name_of_the_applications_cookie(change: dict[str, str]):
    assert len(sticky_filters(ATTRIBUTES)) == 1
    assert sticky_filters(ATTRIBUTES | change) == []
    assert sticky_filters({}) == []


def test_a_client_stays_with_its_target_from_the_applications_cookie_on_while_it_sends_both(
    targets: list[int], tmp_path: Path
):
    files, port = EnvoyFiles(tmp_path / "envoy"), find_free_port()
    files.folder.mkdir()
    attributes = ATTRIBUTES | {
        "stickiness.type": "app_cookie",
        "stickiness.app_cookie.cookie_name": "SESSION",
        "stickiness.app_cookie.duration_seconds": "60",
    }
    write(configuration_files(files, port, LOAD_BALANCER, TARGET_GROUP, attributes))
    everything = [EnvoyTarget(f"i-{number}", number) for number in targets]
    files.endpoints.write_text(json.dumps(endpoint_config(everything)))
    url = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(command(files), stderr=subprocess.DEVNULL) as envoy:
        try:
            wait_for(url)
            with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as client:
                until(lambda: {client.get(url).text for _ in range(20)} == {*map(str, targets)})
                assert not client.cookies
                login = client.get(f"{url}login")
                assert [*client.cookies] == ["SESSION", "OTHER", "AWSALBAPP-0"]
                assert "Max-Age=60" in login.headers.get_list("set-cookie")[-1]
                assert {client.get(url).text for _ in range(20)} == {login.text}
                client.cookies.delete("SESSION")
                assert len({client.get(url).text for _ in range(20)}) == 2
        finally:
            envoy.terminate()


# ELB user guide, "Sticky sessions": by default, a cookie of either kind holds for a day.
@pytest.mark.parametrize(("kind", "cookie"), [("lb_cookie", "AWSALB"), ("app_cookie", "AWSALBAPP-0")])
@pytest.mark.parametrize(("duration", "ttl"), [(None, "86400s"), ("120", "120s")])
def test_a_cookie_holds_as_long_as_its_attribute_says_or_a_day(
    kind: str, cookie: str, duration: str | None, ttl: str
):
    attributes = {
        "stickiness.enabled": "true",
        "stickiness.type": kind,
        "stickiness.app_cookie.cookie_name": "SESSION",
    }
    if duration:
        attributes[f"stickiness.{kind}.duration_seconds"] = duration
    state = sticky_filters(attributes)[-1]["typed_config"]["session_state"]
    assert state["typed_config"]["cookie"] == {"name": cookie, "path": "/", "ttl": ttl}
