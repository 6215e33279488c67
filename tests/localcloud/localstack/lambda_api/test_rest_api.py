"""Events that REST APIs pass to a function, and their responses."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.localcloud.localstack.lambda_api.handlers.web import BYTES, CODED
from tests.localcloud.localstack.lambda_api.rest_api import DeployedRestApi, make_rest_api
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.localcloud.localstack.lambda_api.functions import Functions

FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
INTERNAL = b'{"message": "Internal server error"}'


@pytest.fixture(scope="module")
def api(functions: Functions) -> DeployedRestApi:
    """Return an API with the settings of the program."""
    return make_rest_api(functions, "web", binaryMediaTypes=["*/*"], minimumCompressionSize=1024)


@pytest.fixture(scope="module")
def plain_api(functions: Functions) -> DeployedRestApi:
    """Return an API with default settings."""
    return make_rest_api(functions, "plain-web")


@pytest.fixture(scope="module")
def impatient_api(functions: Functions) -> DeployedRestApi:
    """Return an API with a timeout of 0.3 s."""
    return make_rest_api(functions, "impatient-web", milliseconds=300)


def test_the_event_is_the_one_that_aws_documents(api: DeployedRestApi) -> None:
    headers = [
        ("X-Two", "1"),
        ("X-Two", "2"),
        ("x-lower", "Q"),
        ("Accept", "text/html"),
        ("User-Agent", "me"),
    ]

    event = api.send(
        "GET", "/api/v01/flowers?b=1&a=%20x&b=2&c=&d&caf%C3%A9=%E2%82%AC+%2B", headers=headers
    ).event

    assert event.keys() == {
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
        "body",
        "isBase64Encoded",
    }
    assert event["resource"] == "/{proxy+}"
    assert event["path"] == "/api/v01/flowers"
    assert event["pathParameters"] == {"proxy": "api/v01/flowers"}
    assert event["httpMethod"] == "GET"
    assert event["multiValueQueryStringParameters"] == {
        "b": ["1", "2"],
        "a": [" x"],
        "c": [""],
        "d": [""],
        "café": ["€ +"],
    }
    assert event["queryStringParameters"] == {"b": "2", "a": " x", "c": "", "d": "", "café": "€ +"}
    assert event["multiValueHeaders"]["X-Two"] == ["1", "2"]
    assert event["headers"]["x-lower"] == "Q"
    assert event["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert (event["body"], event["isBase64Encoded"], event["stageVariables"]) == (None, False, None)
    context = event["requestContext"]
    assert context["path"] == "/live/api/v01/flowers"
    assert (context["resourcePath"], context["stage"], context["apiId"]) == ("/{proxy+}", "live", api.api_id)
    assert (context["httpMethod"], context["protocol"]) == ("GET", "HTTP/1.1")
    assert (context["identity"]["sourceIp"], context["identity"]["userAgent"]) == ("127.0.0.1", "me")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("", "/"),
        ("?a=1", "/"),
        ("/", "/"),
        ("/live/x/", "/live/x/"),
        ("/a%20b/caf%C3%A9/x%2Fy+z", "/a%20b/caf%C3%A9/x%2Fy+z"),
        ("/flower;v=1,2/of;a=b;c?d=;", "/flower;v=1,2/of;a=b;c"),
    ],
)
def test_the_path_is_passed_unchanged(api: DeployedRestApi, target: str, path: str) -> None:
    event = api.send("GET", target).event

    assert event["path"] == path
    assert event["requestContext"]["path"].rstrip("/") == f"/live{path}".rstrip("/")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_function(api: DeployedRestApi, method: str) -> None:
    assert api.send(method, "/x").event["httpMethod"] == method


def test_head_reaches_the_function_and_gets_no_body(api: DeployedRestApi) -> None:
    reply = api.send("HEAD", "/x")

    assert reply.status == 200
    assert int(reply.header("Content-Length")[0]) > 1000
    assert reply.body == b""


@pytest.mark.parametrize("body", [b"a=%20&b=1&b=2", b'{"not": "a form"}', b"\xff\xfe"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_is_passed_unchanged_even_with_the_type_of_a_form(
    api: DeployedRestApi, method: str, body: bytes
) -> None:
    event = api.send(method, "/x", body, [FORM]).event

    assert event["isBase64Encoded"] is True
    assert b64decode(event["body"]) == body


def test_without_binary_media_types_a_body_is_text(plain_api: DeployedRestApi) -> None:
    event = plain_api.send("POST", "/x", '{"größe": 1}'.encode(), [JSON]).event

    assert (event["body"], event["isBase64Encoded"]) == ('{"größe": 1}', False)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(b'{"a": 1}', mtime=0)), ("deflate", zlib.compress(b'{"a": 1}'))],
)
def test_a_compressed_body_is_decompressed(api: DeployedRestApi, coding: str, body: bytes) -> None:
    event = api.send("POST", "/x", body, [JSON, ("Content-Encoding", coding)]).event

    assert b64decode(event["body"]) == b'{"a": 1}'
    assert "Content-Encoding" not in event["headers"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_body_that_cannot_be_decoded_is_an_unsupported_media_type(
    api: DeployedRestApi, coding: str
) -> None:
    reply = api.send("POST", "/x", b'{"a": 1}', [JSON, ("Content-Encoding", coding)])

    assert (reply.status, reply.body) == (415, b'{"message": "Unsupported Media Type"}')


@pytest.mark.parametrize("accept", [[], [("Accept", "text/html, */*;q=0.1")], [("Accept", "image/x-all")]])
def test_a_binary_response_stays_binary_with_any_accept_header(
    api: DeployedRestApi, accept: list[tuple[str, str]]
) -> None:
    reply = api.send("GET", "/?do=answer%20bytes", headers=accept)

    assert reply.body == BYTES
    assert reply.header("Content-Type") == ["image/x-all"]


def test_a_header_may_have_many_values(api: DeployedRestApi) -> None:
    reply = api.send("GET", "/?do=answer%20cookies")

    assert reply.header("Set-Cookie") == ["a=1", "b=2"]
    assert reply.header("X-One") == ["1"]


def test_a_response_can_be_only_a_status(api: DeployedRestApi) -> None:
    reply = api.send("GET", "/?do=answer%20nothing")

    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize(
    ("accepted", "coding", "decode"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br, gzip;q=0.5, deflate", "deflate", zlib.decompress),
    ],
)
def test_a_large_response_is_compressed_with_the_clients_preferred_coding(
    api: DeployedRestApi, accepted: str, coding: str, decode: Callable[[bytes], bytes]
) -> None:
    reply = api.send("GET", "/x", headers=[("Accept-Encoding", accepted)])

    assert reply.header("Content-Encoding") == [coding]
    assert reply.header("Content-Length") == [str(len(reply.body))]
    assert json.loads(decode(reply.body))["path"] == "/x"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/x", []),
        ("/x", [("Accept-Encoding", "br, gzip;q=0")]),
        ("/x", [("Accept-Encoding", "*")]),
        ("/?do=answer%20bytes", [("Accept-Encoding", "gzip")]),
    ],
)
def test_no_other_response_is_compressed(
    api: DeployedRestApi, target: str, headers: list[tuple[str, str]]
) -> None:
    assert api.send("GET", target, headers=headers).header("Content-Encoding") == []


# "minimumCompressionSize" in API Gateway's developer guide: from this size on.
@pytest.mark.parametrize(("length", "coding"), [(1_023, []), (1_024, ["gzip"])])
def test_a_response_is_compressed_from_the_minimum_size_on(
    api: DeployedRestApi, length: int, coding: list[str]
) -> None:
    reply = api.send("GET", f"/?do=answer%20length&length={length}", headers=[("Accept-Encoding", "gzip")])
    assert reply.header("Content-Encoding") == coding


def test_a_response_that_the_function_has_compressed_is_not_compressed_again(api: DeployedRestApi) -> None:
    reply = api.send("GET", "/?do=answer%20coded", headers=[("Accept-Encoding", "deflate, gzip")])
    assert (reply.header("Content-Encoding"), reply.body) == (["gzip"], CODED)


@pytest.mark.parametrize("do", ["crash", "fail", "answer%20text"])
def test_a_function_that_fails_is_a_bad_gateway_and_the_next_request_is_served(
    api: DeployedRestApi, do: str
) -> None:
    reply = api.send("GET", f"/?do={do}")

    assert (reply.status, reply.body) == (502, INTERNAL)
    assert api.send("GET", "/x").event["path"] == "/x"


def test_a_function_that_hangs_is_a_bad_gateway_and_a_later_request_is_served(functions: Functions) -> None:
    api = make_rest_api(functions, "hanging-web", timeout=3)

    reply = api.send("GET", "/?do=hang")

    assert (reply.status, reply.body) == (502, INTERNAL)
    assert served(api)


def test_a_throttled_function_is_an_internal_error(functions: Functions) -> None:
    throttled = make_rest_api(functions, "throttled-web")
    functions.client.put_function_concurrency(FunctionName="throttled-web", ReservedConcurrentExecutions=0)

    begin = time.monotonic()
    reply = throttled.send("GET", "/x")

    assert (reply.status, reply.body) == (500, INTERNAL)
    # It does not retry until its timeout of 29 s.
    assert time.monotonic() - begin < 29 / 2


def test_an_integration_timeout_is_a_gateway_timeout(impatient_api: DeployedRestApi, tmp_path: Path) -> None:
    assert served(impatient_api)
    awaited = tmp_path / "awaited"
    query = urlencode({"do": "wait for a file", "file": awaited})
    begin = time.monotonic()

    reply = impatient_api.send("GET", f"/?{query}")

    assert time.monotonic() - begin >= 0.3
    assert (reply.status, reply.body) == (504, b'{"message": "Endpoint request timed out"}')
    # The API has not waited for the function, which goes on.
    awaited.touch()
    until(awaited.with_suffix(".found").exists)
    assert served(impatient_api)


def served(api: DeployedRestApi) -> bool:
    """Retry until the API answers, since a cold start may exceed its short timeout."""
    replies = (api.send("GET", "/x") for _ in range(100))
    return next(reply for reply in replies if reply.status == 200).event["path"] == "/x"


def test_many_concurrent_requests_are_all_answered(api: DeployedRestApi) -> None:
    targets = [f"/flower/{number}" for number in range(40)]

    with ThreadPoolExecutor(8) as clients:
        replies = clients.map(api.send, ["GET"] * len(targets), targets)

    assert [reply.event["path"] for reply in replies] == targets
