"""Error responses of requests that do not reach the application."""

from __future__ import annotations

import json
from email.parser import BytesParser
from typing import TYPE_CHECKING

import pytest

from service.server.error_response import encode_error_response

if TYPE_CHECKING:
    from email.message import Message

TRACEPARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def encoded(
    status: int = 408, url: bytes = b"/livez", retry_after: int = 0, **headers: bytes
) -> tuple[bytes, Message, bytes]:
    """Return status line, headers and body of a response, while the server closes its connections."""
    response, _ = encode_error_response(
        status,
        "It took too long.",
        url=url,
        request_headers=[(name.replace("_", "-").encode(), value) for name, value in headers.items()],
        server_headers=[(b"date", b"Sat, 31 Jan 2026 12:00:00 GMT"), (b"connection", b"close")],
        instance_id="i-7",
        retry_after=retry_after,
    )
    head, _, body = response.partition(b"\r\n\r\n")
    status_line, _, fields = head.partition(b"\r\n")
    return status_line, BytesParser().parsebytes(fields), body


def test_each_header_is_there_once_and_the_connection_ends():
    _, headers, body = encoded(x_request_id=b"a", traceparent=TRACEPARENT)
    assert len({name.lower() for name in headers}) == len(headers)
    assert headers["connection"] == "close"
    assert headers["date"]
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert int(headers["content-length"]) == len(body)
    assert (headers["x-served-by"], headers["x-request-id"]) == ("i-7", "a")
    assert headers["traceparent"] == TRACEPARENT.decode()
    assert "retry-after" not in headers


def test_the_id_of_the_log_is_that_of_the_response():
    response, request_id = encode_error_response(
        400, "No.", url=b"", request_headers=(), server_headers=(), instance_id="i-7"
    )
    assert b"x-request-id: %b\r\n" % request_id in response


# RFC 9110, 15, whose reason phrases not every version of Python has.
@pytest.mark.parametrize(
    ("status", "line"),
    [
        (400, b"HTTP/1.1 400 Bad Request"),
        (408, b"HTTP/1.1 408 Request Timeout"),
        (414, b"HTTP/1.1 414 URI Too Long"),
        (431, b"HTTP/1.1 431 Request Header Fields Too Large"),
        (503, b"HTTP/1.1 503 Service Unavailable"),
    ],
)
def test_the_status_line_has_its_reason(status: int, line: bytes):
    assert encoded(status)[0] == line


@pytest.mark.parametrize(
    ("url", "path"),
    [(b"/livez?a=b", "/livez"), (b"", "/"), (b"/a%20b", "/a%20b"), (b"/\xff", "/%EF%BF%BD")],
)
def test_the_instance_of_a_problem_is_the_path_as_far_as_it_arrived(url: bytes, path: str):
    assert json.loads(encoded(url=url)[2])["instance"] == path


def test_a_client_is_told_when_to_retry():
    assert encoded(503, retry_after=3)[1]["retry-after"] == "3"
