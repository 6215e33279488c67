"""Error responses as bytes, for requests that do not reach the application."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from service.http.problem_details import problem_response, reason_phrase
from service.server.middleware.request_context import SERVED_BY
from service.telemetry import request_id as request_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    Headers = Iterable[tuple[bytes, bytes]]


def encode_error_response(
    status: int,
    detail: str,
    *,
    url: bytes,
    request_headers: Headers,
    server_headers: Headers,
    instance_id: str,
    retry_after: int = 0,
) -> tuple[bytes, bytes]:
    """Return a complete response, which is the last one of its connection, and the id of the request.

    Args:
        status: Status of the response.
        detail: Explanation for people.
        url: Target of the request, as far as it arrived.
        request_headers: Headers of the request, as far as they arrived.
        server_headers: Headers that the server adds to every response.
        instance_id: Name of this instance.
        retry_after: Seconds until the client may retry; with 0, there is no such header.
    """
    path = unquote_to_bytes(url.partition(b"?")[0]).decode("utf-8", "replace") or "/"
    response = problem_response(status, detail, path=path)
    request_id = request_ids.from_headers(request_headers)
    headers = [
        *((name, value) for name, value in server_headers if name != b"connection"),
        *response.raw_headers,
        (SERVED_BY.lower().encode(), instance_id.encode()),
        (request_ids.HEADER, request_id),
        (b"connection", b"close"),
    ]
    if traceparent := request_ids.traceparent_from_headers(request_headers):
        headers.append((request_ids.TRACEPARENT_HEADER, traceparent))
    if retry_after:
        headers.append((b"retry-after", str(retry_after).encode()))
    fields = b"".join(b"%b: %b\r\n" % header for header in headers)
    status_line = f"HTTP/1.1 {status} {reason_phrase(status)}\r\n".encode()
    return b"%b%b\r\n%b" % (status_line, fields, response.body), request_id
