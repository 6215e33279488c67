"""Large and compressed bodies: a client without a key fills neither the memory nor the disk."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from base64 import b64decode
from contextlib import suppress
from functools import cache
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from botocore.exceptions import ClientError

from localcloud.aws.signing import signed_headers
from localcloud.health_probe import NO_CERTIFICATES
from tests.localcloud.localstack.access.raw_http import RawRequest
from tests.localcloud.localstack.lambda_api.rest_api import DeployedRestApi, make_rest_api
from tests.localcloud.localstack.memory import measured

if TYPE_CHECKING:
    from tests.localcloud.localstack.lambda_api.functions import Functions
    from tests.localcloud.localstack.running import Running

MEGABYTE = 2**20
REST_LIMIT = 10 * MEGABYTE
"""Quotas for configuring and running a REST API: payload size."""
EVENT_LIMIT = 6 * MEGABYTE
"""Lambda quotas: invocation payload of a synchronous request."""
MAXIMUM_GROWTH = 150 * MEGABYTE
"""A request of 10 MB is held a few times: as bytes, as base64 and as an event."""

MANY = 400
"""Megabytes of an endless body."""

TOO_LARGE = b'{"message": "HTTP content length exceeded 10485760 bytes."}'
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def api(functions: Functions) -> DeployedRestApi:
    """Return an API with the settings of the program."""
    api = make_rest_api(functions, "limited-web", binaryMediaTypes=["*/*"], minimumCompressionSize=1024)
    assert api.send("POST", "/x", b"{}", [JSON]).status == 200  # everything is loaded
    return api


@cache
def compressed(size: int, coding: str) -> bytes:
    """Return that many compressed zeros."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    chunks = [compressor.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)]
    return b"".join([*chunks, compressor.compress(bytes(size % MEGABYTE)), compressor.flush()])


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("size", [REST_LIMIT + 1, 200 * MEGABYTE])
def test_a_body_that_is_too_large_once_decompressed_is_refused_and_not_decompressed(
    localstack: Running, api: DeployedRestApi, coding: str, size: int
) -> None:
    body = compressed(size, coding)
    assert len(body) < size / 500

    with measured(localstack) as growth:
        reply = api.send("POST", "/x", body, [JSON, ("Content-Encoding", coding)])

    assert (reply.status, reply.body) == (413, TOO_LARGE)
    assert growth.peak < MAXIMUM_GROWTH


@pytest.mark.parametrize("coding", ["gzip, gzip", "deflate, gzip", "x-gzip", "zstd", "br", "compress"])
def test_codings_that_api_gateway_does_not_decode_are_refused(api: DeployedRestApi, coding: str) -> None:
    body = gzip.compress(compressed(200 * MEGABYTE, "gzip"), mtime=0)

    assert api.send("POST", "/x", body, [JSON, ("Content-Encoding", coding)]).status == 415


def test_a_compressed_body_may_have_several_members_and_nothing_else(api: DeployedRestApi) -> None:
    # RFC 1952, section 2.2: a gzip file is a series of members.
    members = gzip.compress(b'{"a":') + gzip.compress(b" 1}")
    coding = ("Content-Encoding", "gzip")

    assert api.send("POST", "/x", members, [JSON, coding]).event["body"] == "eyJhIjogMX0="
    for damaged in (members[:-1], members + b"rest", members[:-8] + bytes(8)):
        assert api.send("POST", "/x", damaged, [JSON, coding]).status == 415


def test_a_request_of_more_than_ten_megabytes_is_refused(localstack: Running, api: DeployedRestApi) -> None:
    with measured(localstack) as growth:
        for size in (REST_LIMIT + 1, 40 * MEGABYTE):
            reply = api.send("POST", "/x", b"a=1&" * (size // 4 + 1), [FORM])
            assert (reply.status, reply.body) == (413, TOO_LARGE)

    assert growth.peak < MAXIMUM_GROWTH


def test_a_body_in_chunks_has_the_same_limit(localstack: Running, api: DeployedRestApi) -> None:
    head = f"POST /_aws/execute-api/{api.api_id}/live/x HTTP/1.1\r\nHost: 127.0.0.1:{localstack.port}\r\n"
    largest = b"%x\r\n%b\r\n" % (REST_LIMIT, bytes(REST_LIMIT))
    with socket.create_connection(("127.0.0.1", localstack.port), timeout=30) as connection:
        connection.sendall(f"{head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(largest + b"1\r\nx\r\n0\r\n\r\n")
        reply = connection.makefile("rb").read()

    # Not by the smaller limit of the function's event, whose message is another one.
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert reply.endswith(TOO_LARGE)


def test_a_request_within_the_limit_whose_event_is_too_large_for_the_function_is_refused(
    localstack: Running, api: DeployedRestApi
) -> None:
    with measured(localstack) as growth:
        reply = api.send("POST", "/x", b"a=1&" * (REST_LIMIT // 4), [FORM])

    assert (reply.status, reply.body) == (413, b'{"message": "Request Too Long"}')
    assert growth.peak < MAXIMUM_GROWTH


def test_a_large_form_reaches_the_function(api: DeployedRestApi) -> None:
    body = b"a=1&" * (MEGABYTE // 4)

    assert b64decode(api.send("POST", "/x", body, [FORM]).event["body"]) == body


def test_an_event_has_at_most_six_megabytes(functions: Functions, deeds: str) -> None:
    def event(size: int) -> str:
        text = json.dumps({"do": "answer text", "text": "", "rest": ""})
        return text[:-2] + "x" * (size - len(text)) + text[-2:]

    largest = functions.client.invoke(FunctionName=deeds, Payload=event(EVENT_LIMIT))
    with largest["Payload"] as body:
        assert body.read() == b'""'
    with pytest.raises(ClientError, match="Request must be smaller than 6291456 bytes") as error:
        functions.client.invoke(FunctionName=deeds, Payload=event(EVENT_LIMIT + 1))

    assert cast("Any", error.value.response)["ResponseMetadata"]["HTTPStatusCode"] == 413


@pytest.mark.parametrize("media_type", [FORM[1], "multipart/form-data; boundary=x", "text/plain"])
def test_a_refused_request_is_neither_parsed_nor_stored(localstack: Running, media_type: str) -> None:
    body = b"a=1&" * (12 * MEGABYTE)

    with measured(localstack) as growth:
        reply = RawRequest("", "POST", "/", {"Content-Type": media_type}, body).send(localstack.port)

    assert reply.status == 403
    assert growth.peak < MAXIMUM_GROWTH


@pytest.mark.parametrize("target", ["/", "/_aws/execute-api/{api}/live/x"], ids=["AWS API", "stage"])
def test_a_body_without_an_end_is_answered_and_the_connection_closed(
    localstack: Running, api: DeployedRestApi, target: str
) -> None:
    head = f"POST {target.format(api=api.api_id)} HTTP/1.1\r\nHost: 127.0.0.1:{localstack.port}\r\n"
    chunk = b"100000\r\n" + bytes(MEGABYTE) + b"\r\n"
    sent: list[int] = []

    with (
        measured(localstack) as growth,
        socket.create_connection(("127.0.0.1", localstack.port), timeout=30) as connection,
    ):
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        with suppress(ConnectionError):
            sent.extend(connection.sendall(chunk) or megabyte for megabyte in range(MANY))

    assert 0 < len(sent) < MANY / 2
    assert growth.peak < MAXIMUM_GROWTH


@pytest.mark.parametrize(
    ("target", "status"), [("/", 403), ("/_aws/execute-api/{api}/live/x", 413)], ids=["AWS API", "stage"]
)
def test_a_client_that_waits_for_permission_sends_no_body(
    localstack: Running, api: DeployedRestApi, target: str, status: int
) -> None:
    # RFC 9110, section 10.1.1: a server may answer with a final status instead of 100 (Continue).
    head = f"POST {target.format(api=api.api_id)} HTTP/1.1\r\nHost: 127.0.0.1:{localstack.port}\r\n"
    with socket.create_connection(("127.0.0.1", localstack.port), timeout=30) as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\nContent-Length: {2**40}\r\n\r\n".encode())
        with HTTPResponse(connection) as response:
            response.begin()
            assert response.status == status
            assert response.getheader("Connection") == "close"
            assert response.read()


def test_a_compressed_request_to_the_aws_api_is_decompressed_up_to_the_same_limit(
    localstack: Running,
) -> None:
    url = localstack.api.endpoint + "/"
    action = b"Action=PutMetricData&Version=2010-08-01&Namespace=test&MetricData.member.1.MetricName="

    def status(body: bytes) -> int:
        headers = signed_headers("POST", url, localstack.api, body, service="monitoring")
        headers |= {"Content-Encoding": "gzip", "Content-Type": FORM[1]}
        return httpx.post(
            url, headers=headers, content=body, trust_env=False, timeout=60, verify=NO_CERTIFICATES
        ).status_code

    assert status(gzip.compress(action + b"compressed&MetricData.member.1.Value=1")) == 200
    with measured(localstack) as growth:
        assert status(compressed(200 * MEGABYTE, "gzip")) == 413
        assert status(b"not compressed") == 400
    assert growth.peak < MAXIMUM_GROWTH
