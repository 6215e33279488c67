from __future__ import annotations

import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typing_extensions import override

from infra.load_balancer.blocked_paths import NOT_FOUND, blocked_path_rules
from infra.load_balancer.config import OPERATORS_PATHS
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
)
from localcloud.load_balancer.routing.envoy_routes import listener_rule_routes
from localcloud.load_balancer.routing.forwarding import Forwarding
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.processes import find_free_port
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START_TIMEOUT = 20.0
FORWARDED_FOR = "routing.http.xff_header_processing.mode"


def rule(*patterns: str, expressions: Sequence[str] = ()) -> dict[str, Any]:
    """Return a rule as `DescribeRules` describes it."""
    paths = {"RegexValues": list(expressions)} if expressions else {"Values": list(patterns)}
    return {
        "Priority": "1",
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": paths}],
        "Actions": [
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {
                    "StatusCode": "404",
                    "ContentType": "application/json",
                    "MessageBody": NOT_FOUND,
                },
            }
        ],
    }


class Echo(BaseHTTPRequestHandler):
    """Target that echoes the requested path and is always ready."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "for": self.headers.get("X-Forwarded-For")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def target() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=["append", "preserve", "remove"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def url(target: int, mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a real Envoy, with the program's own rules, in front of a real target."""
    files, port = EnvoyFiles(tmp_path_factory.mktemp("envoy")), find_free_port()
    rules = [rule(expressions=hidden.expressions) for hidden in blocked_path_rules(tuple(OPERATORS_PATHS))]
    attributes = {"load_balancing.algorithm.type": "round_robin"}
    balancer = LOAD_BALANCER | {FORWARDED_FOR: mode}
    write(configuration_files(files, port, balancer, TARGET_GROUP, attributes, rules))
    files.endpoints.write_text(json.dumps(endpoint_config([EnvoyTarget("i-1", target)])))
    with subprocess.Popen(command(files), stderr=subprocess.DEVNULL) as envoy:
        try:
            wait_for(f"http://127.0.0.1:{port}/api")
            yield f"http://127.0.0.1:{port}"
        finally:
            envoy.terminate()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, trust_env=False, verify=NO_CERTIFICATES).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"{url} does not answer")


def get(url: str, path: str, **headers: str) -> tuple[int, str, Any]:
    """Request a path exactly as it is written."""
    with httpx.Client(base_url=url, trust_env=False, verify=NO_CERTIFICATES) as client:
        request = client.build_request("GET", "/", headers=headers)
        request.url = request.url.copy_with(raw_path=path.encode())
        response = client.send(request)
    return response.status_code, response.headers.get("content-type", ""), response.json()


@pytest.mark.parametrize(
    "path",
    [
        *("/livez", "/readyz", "/metrics", "/docs", "/docs/oauth2-redirect", "/openapi.json", "/livez?a=b"),
        *("/%6Civez", "/%6civez", "/livez%2F", "/l%69v%65z", "/metric%73?a=b", "/livez%0A", "/docs%2Fx"),
        *("/%6C%69%76%65%7A", "/%6F%70%65%6E%61%70%69%2E%6A%73%6F%6E", "/open%61pi.json?a=b"),
    ],
)
def test_paths_for_operators_are_not_found(url: str, path: str):
    assert get(url, path) == (404, "application/json", json.loads(NOT_FOUND))


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/api/v01/classify/%31.4?pl=%31", "/livezz", "/api/livez", "/docsy", "/LIVEZ", "/livez/"),
        *("/%61pi/v01/classify", "/%E8%8A%B1", "/%256Civez", "/l%70", "/?next=/livez"),
    ],
)
def test_other_paths_reach_a_target_unchanged(url: str, path: str):
    status, _, echo = get(url, path)
    assert (status, echo["path"]) == (200, path)


def test_x_forwarded_for_is_processed_as_configured(url: str, mode: str):
    _, _, echo = get(url, "/api", **{"X-Forwarded-For": "203.0.113.9"})
    # Envoy determines the address of a client on this machine.
    sent, _, added = (echo["for"] or "").partition(",")
    assert (sent, bool(added)) == {
        "append": ("203.0.113.9", True),
        "preserve": ("203.0.113.9", False),
        "remove": ("", False),
    }[mode]


@pytest.mark.parametrize(
    ("pattern", "regex"),
    [("/livez", "/livez"), ("/docs/*", "/docs/.*"), ("/l*+", r"/l.*\+"), ("/v?.json", r"/v.\.json")],
)
def test_a_path_pattern_becomes_a_regular_expression(pattern: str, regex: str):
    (route,) = listener_rule_routes([rule(pattern)], Forwarding("60s"))
    assert route["match"] == {"safe_regex": {"regex": regex}}


def test_an_anchored_regular_expression_is_converted_and_any_other_refused():
    (route,) = listener_rule_routes([rule(expressions=["^/a(b|%62)$", "^/c.*$"])], Forwarding("60s"))
    assert route["match"] == {"safe_regex": {"regex": "/a(b|%62)|/c.*"}}
    for unanchored in ("/a", "^/a", "/a$"):
        with pytest.raises(UnsupportedRuleError, match=r"requires \^ and \$ in a regular expression: "):
            listener_rule_routes([rule(expressions=[unanchored])], Forwarding("60s"))
