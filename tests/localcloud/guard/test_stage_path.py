"""Paths of deployed stages."""

from __future__ import annotations

import pytest

from scalable_models_localstack.guard.request_head import RequestHead
from scalable_models_localstack.guard.stage_path import is_stage_path


def leads_to_stage(target: str, **headers: str) -> bool:
    return is_stage_path(RequestHead("GET", target, tuple(headers.items())))


@pytest.mark.parametrize("stage", ["/_aws/execute-api/abc123/live", "/restapis/abc123/live/_user_request_"])
@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "?a=b",
        "/readyz",
        "/a/b?c=/../d",
        "/a;b=c",
        "/caf%C3%A9",
        "/%252F",
        "//a",
        "/a..b",
        "/...",
        "/.well-known/x",
        "/.",
        "/api/../livez",
        "/a/b/../../c",
        "/a/%2e%2e/b",
    ],
)
def test_a_path_below_a_stage_is_a_stage_path(stage: str, rest: str):
    assert leads_to_stage(stage + rest)


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/_aws",
        "/_aws/execute-api",
        "/_aws/execute-api/",
        "/_aws/execute-api/abc123",
        "/_aws/execute-api/abc123/",
        "/_aws/execute-api//live/x",
        "/_aws/execute-api/abc123//x",
        "/_aws/execute-api/../../_localstack/health",
        "/_aws/execute-api/abc123/..",
        "/_aws/execute-api/abc123/live/../../../../_localstack/health",
        "/_aws/execute-api/abc123/live/..",
        "/_aws/execute-api/abc123/live/a/../..",
        "/_aws/execute-api/abc123/live/a//../..",
        "/_aws/execute-api/abc123/live/./..",
        "/_aws/execute-api/abc123/live/%2e%2e/x",
        "/_aws/execute-api/abc123/live/%2E./x",
        "/_aws/execute-api/abc123/live/%252e%252e/x",
        "/_aws/execute-api/abc123/live/a%2f..%2f..%2fx",
        "/_aws/execute-api/abc123/live/..\\..\\x",
        "/_aws/execute-api/abc123/live/%5c..%5cx",
        "/_aws/execute-api/abc123/live/a%5Cb",
        "/_aws/execute-api\\abc123\\live",
        "/_aws/execute%2dapi/abc123/live",
        "/_aws/execute-api%2fabc123%2flive",
        "/_aws/execute-api/abc%31/live",
        "/_aws/execute-api/abc123/li%76e",
        "/_aws/execute-api/abc123/live;x=/y",
        "/_aws/execute-api/ abc/live",
        "//_aws/execute-api/abc123/live",
        "/./_aws/execute-api/abc123/live",
        "/x/../_aws/execute-api/abc123/live",
        "/_AWS/execute-api/abc123/live",
        "/_aws/execute-api?/abc123/live",
        "/restapis/abc123/live",
        "/restapis/abc123/live/_user_request",
        "/restapis/abc123/live/_user_request_x",
        "/restapis/abc123/stages/live/_user_request_",
        "/restapis/abc123/live/x/_user_request_/y",
        "/restapis/abc123/live/_user_request_/../../../",
        "/_aws/lambda/abc123/live",
    ],
)
def test_any_other_path_is_not_a_stage_path(target: str):
    assert not leads_to_stage(target)


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket", "h2c, websocket"])
def test_a_websocket_handshake_is_not_for_a_stage(upgrade: str):
    assert not leads_to_stage("/_aws/execute-api/abc123/live/x", Upgrade=upgrade)


@pytest.mark.parametrize(
    ("rounds", "allowed"), [(1, True), (8, True), (15, True), (16, False), (8_000, False)]
)
def test_a_path_that_is_encoded_too_often_is_refused_instead_of_decoded(rounds: int, *, allowed: bool):
    # Each round decodes one `%25`, and the last finds nothing more to decode.
    assert leads_to_stage("/_aws/execute-api/abc123/live/%" + "25" * rounds) is allowed
