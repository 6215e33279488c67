"""HTTP client that sends a request exactly as written, and the significant part of its response."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.conformance.cases import Request

SIGNIFICANT: Final = (
    "allow",
    "cache-control",
    "content-length",
    "content-security-policy",
    "content-type",
    "etag",
    "location",
    "retry-after",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-flower-swapped",
)
"""Headers whose values must be equal. `X-Served-By` differs each time, but must always be present."""


@dataclass(frozen=True)
class ClientResponse:
    """Status, significant headers and body of a response, as a client sees it."""

    status: int
    headers: dict[str, tuple[str, ...]] = field(hash=False)
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> ClientResponse:
        """Build it from a raw response, with the significant headers and the decompressed body."""
        kept: dict[str, tuple[str, ...]] = {}
        compressed = False
        instance = b""
        for name, value in headers:
            key = name.lower()
            if key == "content-encoding" and value == "gzip":
                compressed = True
            if key == "vary":
                if names := _varying(value):
                    kept[key] = (*kept.get(key, ()), *names)
            elif key in SIGNIFICANT:
                kept[key] = (*kept.get(key, ()), value)
            elif key == "x-served-by":
                kept[key] = ("an instance",)
                instance = value.encode()
        if compressed:
            body = zlib.decompress(body, wbits=31)
        is_page = "content-security-policy" in kept
        if is_page:  # it shows the name of the instance
            body = body.replace(b">%s<" % instance, b">an instance<")
            kept["etag"] = ("a tag",)
        if compressed or (is_page and body):
            kept["content-length"] = (str(len(body)),)
        return cls(status, kept, body)


def _varying(value: str) -> list[str]:
    """Return the names in `Vary`, without the one of the layer that compresses, which may be a proxy."""
    names = [name.strip() for name in value.split(",")]
    return [name for name in names if name.lower() != "accept-encoding"]


def send_request(url: str, request: Request) -> ClientResponse:
    """Send a request to a URL, with the request's target after the URL's own path, and return the response.

    The target is sent as it is: a client that normalizes it would hide differences.
    """
    base = urlsplit(url)
    connection = HTTPConnection(base.hostname or "", base.port, timeout=30)
    try:
        connection.putrequest(
            request.method, base.path.rstrip("/") + request.target, skip_accept_encoding=True
        )
        if "accept" not in {name.lower() for name, _ in request.headers}:
            # As every client sends; without it, LocalStack assumes that only JSON is accepted.
            connection.putheader("Accept", "*/*")
        for name, value in request.headers:
            connection.putheader(name, value)
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        return ClientResponse.of(response.status, response.getheaders(), response.read())
    finally:
        connection.close()
