"""What REST APIs hand to a function, and what they make of its answer."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.localcloud.localstack.handlers.web import BYTES, TAKEN
from tests.localcloud.localstack.rest_api import RestApi, make_rest_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.localstack.functions import Functions

FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
INTERNAL = b'{"message": "Internal server error"}'


@pytest.fixture(scope="module")
def api(functions: Functions) -> RestApi:
    """Return an API that is set as ours is."""
    return make_rest_api(functions, "web", binaryMediaTypes=["*/*"], minimumCompressionSize=1024)


@pytest.fixture(scope="module")
def plain_api(functions: Functions) -> RestApi:
    """Return an API that is set to nothing."""
    return make_rest_api(functions, "plain-web")


@pytest.fixture(scope="module")
def impatient_api(functions: Functions) -> RestApi:
    """Return an API that waits for 0.3 s."""
    return make_rest_api(functions, "impatient-web", milliseconds=300)


def test_the_event_is_the_one_that_aws_documents(api: RestApi) -> None:
    headers = [
        ("X-Two", "1"),
        ("X-Two", "2"),
        ("x-lower", "Q"),
        ("Accept", "text/html"),
        ("User-Agent", "me"),
    ]

    event = api.ask(
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
def test_the_path_is_given_as_it_came(api: RestApi, target: str, path: str) -> None:
    event = api.ask("GET", target).event

    assert event["path"] == path
    assert event["requestContext"]["path"].rstrip("/") == f"/live{path}".rstrip("/")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_function(api: RestApi, method: str) -> None:
    assert api.ask(method, "/x").event["httpMethod"] == method


def test_head_reaches_it_too_and_gets_no_body(api: RestApi) -> None:
    reply = api.ask("HEAD", "/x")

    assert reply.status == 200
    assert int(reply.header("Content-Length")[0]) > 1000
    assert reply.body == b""


@pytest.mark.parametrize("body", [b"a=%20&b=1&b=2", b'{"not": "a form"}', b"\xff\xfe"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_comes_byte_for_byte_even_if_it_calls_itself_a_form(
    api: RestApi, method: str, body: bytes
) -> None:
    event = api.ask(method, "/x", body, [FORM]).event

    assert event["isBase64Encoded"] is True
    assert b64decode(event["body"]) == body


def test_without_binary_media_types_a_body_comes_as_text(plain_api: RestApi) -> None:
    event = plain_api.ask("POST", "/x", '{"größe": 1}'.encode(), [JSON]).event

    assert (event["body"], event["isBase64Encoded"]) == ('{"größe": 1}', False)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(b'{"a": 1}', mtime=0)), ("deflate", zlib.compress(b'{"a": 1}'))],
)
def test_a_compressed_body_comes_as_what_it_was(api: RestApi, coding: str, body: bytes) -> None:
    event = api.ask("POST", "/x", body, [JSON, ("Content-Encoding", coding)]).event

    assert b64decode(event["body"]) == b'{"a": 1}'
    assert "Content-Encoding" not in event["headers"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_body_that_cannot_be_decoded_is_an_unsupported_media_type(api: RestApi, coding: str) -> None:
    reply = api.ask("POST", "/x", b'{"a": 1}', [JSON, ("Content-Encoding", coding)])

    assert (reply.status, reply.body) == (415, b'{"message": "Unsupported Media Type"}')


@pytest.mark.parametrize("accept", [[], [("Accept", "text/html, */*;q=0.1")], [("Accept", "image/x-all")]])
def test_bytes_leave_it_as_bytes_whatever_is_accepted(api: RestApi, accept: list[tuple[str, str]]) -> None:
    reply = api.ask("GET", "/?do=answer%20bytes", headers=accept)

    assert reply.body == BYTES
    assert reply.header("Content-Type") == ["image/x-all"]


def test_a_header_may_have_many_values(api: RestApi) -> None:
    reply = api.ask("GET", "/?do=answer%20cookies")

    assert reply.header("Set-Cookie") == ["a=1", "b=2"]
    assert reply.header("X-One") == ["1"]


def test_an_answer_may_be_a_status_alone(api: RestApi) -> None:
    reply = api.ask("GET", "/?do=answer%20nothing")

    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize(
    ("wanted", "coding", "decode"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br, gzip;q=0.5, deflate", "deflate", zlib.decompress),
    ],
)
def test_a_large_answer_is_compressed_as_the_client_wants(
    api: RestApi, wanted: str, coding: str, decode: Callable[[bytes], bytes]
) -> None:
    reply = api.ask("GET", "/x", headers=[("Accept-Encoding", wanted)])

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
def test_nothing_else_is_compressed(api: RestApi, target: str, headers: list[tuple[str, str]]) -> None:
    assert api.ask("GET", target, headers=headers).header("Content-Encoding") == []


@pytest.mark.parametrize("do", ["crash", "fail", "answer%20text", "hang"])
def test_a_function_that_fails_or_hangs_is_a_bad_gateway_and_the_next_request_is_served(
    api: RestApi, do: str
) -> None:
    reply = api.ask("GET", f"/?do={do}")

    assert (reply.status, reply.body) == (502, INTERNAL)
    assert api.ask("GET", "/x").event["path"] == "/x"


def test_a_function_that_may_not_run_is_an_internal_error(functions: Functions) -> None:
    throttled = make_rest_api(functions, "throttled-web")
    functions.client.put_function_concurrency(FunctionName="throttled-web", ReservedConcurrentExecutions=0)

    begin = time.monotonic()
    reply = throttled.ask("GET", "/x")

    assert (reply.status, reply.body) == (500, INTERNAL)
    # It does not try again until its patience of 29 s is over.
    assert time.monotonic() - begin < 29 / 2


def test_an_api_that_has_waited_long_enough_is_a_gateway_timeout(impatient_api: RestApi) -> None:
    assert served(impatient_api)
    begin = time.monotonic()

    reply = impatient_api.ask("GET", "/?do=take%20your%20time")

    assert 0.3 <= time.monotonic() - begin < TAKEN
    assert (reply.status, reply.body) == (504, b'{"message": "Endpoint request timed out"}')
    assert served(impatient_api)


def served(api: RestApi) -> bool:
    """Ask until it answers: a cold start may itself outlast an API's short patience."""
    replies = (api.ask("GET", "/x") for _ in range(100))
    return next(reply for reply in replies if reply.status == 200).event["path"] == "/x"


def test_many_requests_at_a_time_are_all_answered(api: RestApi) -> None:
    targets = [f"/flower/{number}" for number in range(40)]

    with ThreadPoolExecutor(8) as clients:
        replies = clients.map(api.ask, ["GET"] * len(targets), targets)

    assert [reply.event["path"] for reply in replies] == targets
