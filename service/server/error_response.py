"""A refusal as bytes, for whoever cannot be let in as far as the application."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from service.http.problem_details import problem_response
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
    request: Headers,
    server: Headers,
    instance_id: str,
    wait: int = 0,
) -> tuple[bytes, bytes]:
    """Write the whole response, which is the last one of its connection; return it and the request's id.

    Args:
        status: Of the response.
        detail: What went wrong, for people.
        url: What was requested, as far as it came.
        request: The headers that came.
        server: The headers that the server gives to every response.
        instance_id: Who refuses.
        wait: When to come back, in seconds; 0 says nothing of that.
    """
    path = unquote_to_bytes(url.partition(b"?")[0]).decode("utf-8", "replace") or "/"
    response = problem_response(status, detail, path=path)
    request_id = request_ids.from_headers(request)
    headers = [
        *((name, value) for name, value in server if name != b"connection"),
        *response.raw_headers,
        (SERVED_BY.lower().encode(), instance_id.encode()),
        (request_ids.HEADER, request_id),
        (b"connection", b"close"),
    ]
    if traceparent := request_ids.traceparent_from_headers(request):
        headers.append((request_ids.TRACEPARENT_HEADER, traceparent))
    if wait:
        headers.append((b"retry-after", str(wait).encode()))
    fields = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d \r\n%b\r\n%b" % (status, fields, response.body), request_id
