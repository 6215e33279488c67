"""Caching of the routes' responses, and conditional requests (RFC 9110, 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from fastapi.exceptions import HTTPException
from starlette.responses import Response

from service.http.caching import CONTENT_HEADERS, NOT_MODIFIED_BYTES, cache_headers, entity_tag, has_match

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

Endpoint = TypeVar("Endpoint", bound="Callable[..., Any]")

UNSTORED: Final = "is_unstored"
"""Attribute of endpoints whose responses caches must not store."""


def unstored(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint whose responses change with time or instance: caches must not store them."""
    setattr(endpoint, UNSTORED, True)
    return endpoint


def complete_response(request: Request, response: Response, *, is_stored: bool) -> Response:
    """Add the headers about caching to a response; return it, or 304 if the client has it already.

    Args:
        request: The request.
        response: Response with status 200.
        is_stored: Whether caches may store the response; responses to POST they never may.

    Raises:
        HTTPException: `If-Match` is false. Strong comparison of weak tags always is (RFC 9110, 13.1.1).
    """
    if not is_stored or request.method != "GET":
        response.raw_headers += cache_headers(None)
        return response
    if request.headers.get("if-match", "*").strip() != "*":
        raise HTTPException(412, "This path has only weak entity tags, which If-Match never matches.")
    body = bytes(response.body)
    tag = entity_tag(body)
    response.raw_headers += cache_headers(tag)
    if not has_match([value.encode("latin-1") for value in request.headers.getlist("if-none-match")], tag):
        return response
    setattr(request.state, NOT_MODIFIED_BYTES, len(body))
    unmodified = Response(status_code=304)
    unmodified.raw_headers = [header for header in response.raw_headers if header[0] not in CONTENT_HEADERS]
    return unmodified
