"""Listener rules of every kind, on a real Envoy in front of a real target.

Expected behaviour from the user guide for Application Load Balancers: "Condition types for listener rules",
"Action types for listener rules".
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
)
from localcloud.load_balancer.routing.envoy_redirects import redirect_action
from localcloud.load_balancer.routing.envoy_routes import CONFIGURATIONS, listener_rule_routes
from localcloud.load_balancer.routing.forwarding import Forwarding
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.processes import find_free_port
from tests.localcloud.load_balancer.routing.test_envoy_routes import Echo, wait_for
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP, write

if TYPE_CHECKING:
    from collections.abc import Iterator


def condition(field: str, *values: Any, **more: Any) -> dict[str, Any]:
    return {"Field": field, CONFIGURATIONS[field]: {"Values": list(values), **more}}


def respond(body: str) -> dict[str, Any]:
    fixed = {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": body}
    return {"Type": "fixed-response", "FixedResponseConfig": fixed}


def redirect(**parts: str) -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **parts}}


def rule(action: dict[str, Any], *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"Priority": "1", "Conditions": list(conditions), "Actions": [action]}


def path(pattern: str) -> dict[str, Any]:
    return condition("path-pattern", pattern)


RULES = [
    rule({"Type": "forward", "TargetGroupArn": "arn"}, path("/kept*")),
    rule(respond("host"), condition("host-header", "*.Example.com", "other.org")),
    rule(respond("header"), condition("http-header", "*Mobile*", HttpHeaderName="User-Agent")),
    rule(respond("method"), condition("http-request-method", "DELETE", "PATCH")),
    rule(
        respond("query"), condition("query-string", {"Key": "version", "Value": "v?"}, {"Value": "*example*"})
    ),
    rule(respond("here"), path("/here"), condition("source-ip", "10.0.0.0/8", "127.0.0.0/8")),
    rule(respond("away"), path("/away"), condition("source-ip", "10.0.0.0/8")),
    rule(respond("both"), path("/both"), condition("http-request-method", "POST")),
    rule(redirect(Path="/new/#{path}"), path("/moved/*")),
    rule(redirect(Host="other.example", Path="/", Query=""), path("/host")),
    rule(redirect(Protocol="HTTPS", Port="443", StatusCode="HTTP_302"), path("/secure")),
    rule(redirect(Path="/search", Query="q=1"), path("/query")),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    files, port = EnvoyFiles(tmp_path_factory.mktemp("envoy")), find_free_port()
    attributes = {"load_balancing.algorithm.type": "round_robin"}
    write(configuration_files(files, port, LOAD_BALANCER, TARGET_GROUP, attributes, RULES))
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        files.endpoints.write_text(json.dumps(endpoint_config([EnvoyTarget("i-1", server.server_port)])))
        with subprocess.Popen(command(files), stderr=subprocess.DEVNULL) as envoy:
            try:
                wait_for(f"http://127.0.0.1:{port}/api")
                yield f"http://127.0.0.1:{port}"
            finally:
                envoy.terminate()
                server.shutdown()


def answer(url: str, path: str, method: str = "GET", **headers: str) -> str:
    """Return the text of a fixed response, the location of a redirect, or `target`."""
    response = httpx.request(method, f"{url}{path}", headers=headers, trust_env=False, verify=NO_CERTIFICATES)
    if response.is_redirect:
        return f"{response.status_code} {response.headers['location']}"
    return response.text if response.status_code == 418 else "target"


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/", {"Host": "www.example.com"}, "host"),
        ("/", {"Host": "WWW.EXAMPLE.COM:80"}, "host"),
        ("/", {"Host": "other.org"}, "host"),
        ("/", {"Host": "example.com"}, "target"),
        ("/kept", {"Host": "other.org"}, "target"),
        ("/", {"User-Agent": "a mobile browser"}, "header"),
        ("/", {"User-Agent": "desktop"}, "target"),
        ("/?a=b&version=v1", {}, "query"),
        ("/?VERSION=V2&a=b", {}, "query"),
        ("/?any=an-example-value", {}, "query"),
        ("/?version=v10", {}, "target"),
        ("/?aversion=v1", {}, "target"),
        ("/version=v1", {}, "target"),
        ("/here", {}, "here"),
        ("/away", {}, "target"),
        ("/both", {}, "target"),
    ],
)
def test_a_condition_selects_its_requests(url: str, path: str, headers: dict[str, str], expected: str):
    assert answer(url, path, **headers) == expected


def test_methods_select_requests_and_all_conditions_of_a_rule_must_hold(url: str):
    assert answer(url, "/", "DELETE") == "method"
    assert answer(url, "/both", "POST") == "both"


# ELB user guide, "Condition types for listener rules": methods match with case, and without wildcards.
@pytest.mark.parametrize(
    ("value", "method", "matches"),
    [("PATCH", "PATCH", True), ("PATCH", "patch", False), ("P*", "PATCH", False), ("P*", "P*", True)],
)
def test_a_method_is_compared_as_it_is_written(value: str, method: str, *, matches: bool):
    given = rule(respond("a"), condition("http-request-method", value))
    (route,) = listener_rule_routes([given], Forwarding("60s", "arn"))
    (header,) = route["match"]["headers"]
    expression: str = header["string_match"]["safe_regex"]["regex"]
    assert (header["name"], re.fullmatch(expression, method) is not None) == (":method", matches)


def test_a_redirect_keeps_what_it_does_not_name(url: str):
    assert answer(url, "/moved/a?b=c") == f"301 {url}/new/moved/a?b=c"
    assert answer(url, "/host?b=c").startswith("301 http://other.example")
    assert answer(url, "/host?b=c").endswith("/")
    host = url.removeprefix("http://").partition(":")[0]
    assert answer(url, "/secure?b=c") in {
        f"302 https://{host}/secure?b=c",
        f"302 https://{host}:443/secure?b=c",
    }
    assert answer(url, "/query?b=c") == f"301 {url}/search?q=1"


@pytest.mark.parametrize(
    ("unsupported", "message"),
    [
        (rule({"Type": "authenticate-oidc"}, path("/a")), "actions of authenticate-oidc"),
        (rule(redirect(Host="www.#{host}"), path("/a")), "www.#{host}"),
        (rule(respond("a"), {"Field": "moon-phase"}), "conditions of moon-phase"),
        (rule({"Type": "forward", "TargetGroupArn": "deleted"}, path("/a")), "no target group deleted"),
    ],
)
def test_what_envoy_cannot_do_is_an_error_and_not_ignored(unsupported: dict[str, Any], message: str):
    with pytest.raises(UnsupportedRuleError, match=message.replace("{", r"\{")):
        listener_rule_routes([unsupported], Forwarding("60s", "arn"))


# RedirectActionConfig, ELB API 2015-12-01: what is not named is kept.
@pytest.mark.parametrize(
    ("parts", "action"),
    [
        ({}, {}),
        ({"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Query": "#{query}"}, {}),
        ({"StatusCode": "HTTP_302"}, {"response_code": "FOUND"}),
        ({"Protocol": "HTTPS"}, {"scheme_redirect": "https"}),
        ({"Host": "b.example"}, {"host_redirect": "b.example"}),
        ({"Port": "8443"}, {"port_redirect": 8443}),
        ({"Query": ""}, {"strip_query": True}),
        ({"Path": "/b"}, {"path_redirect": "/b"}),
        ({"Path": "/b", "Query": ""}, {"path_redirect": "/b", "strip_query": True}),
        ({"Path": "/b", "Query": "c=d"}, {"path_redirect": "/b?c=d"}),
        (
            {"Path": "/b/#{path}/c"},
            {"regex_rewrite": {"pattern": {"regex": "^/(.*)$"}, "substitution": r"/b/\1/c"}},
        ),
    ],
)
def test_each_part_of_a_redirect_is_one_of_envoys(parts: dict[str, str], action: dict[str, Any]):
    expected = {"response_code": "MOVED_PERMANENTLY"} | action
    assert redirect_action(redirect(**parts)["RedirectConfig"]) == expected
