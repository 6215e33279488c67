"""HTTP between Envoy and the firewall: each request that Envoy asks about, and the answer.

Envoy sends the head and the beginning of the body of a request as a request of its own (its documentation,
"External Authorization"). Its HTTP/1.1 is regular, and a method may be any word, which HTTP libraries refuse:
so it is parsed by hand.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from typing_extensions import override

from localcloud.load_balancer.firewall.rules.web_request import BODY_LIMIT, WebRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from localcloud.load_balancer.firewall.rules.web_acl import BlockResponse, Verdict

SOURCE_HEADER: Final = "x-firewall-source"
"""Header in which Envoy sends the address of the client; it replaces one that the client has sent."""

APPENDED_HEADER: Final = "x-firewall-appended-address"
"""Header of requests whose X-Forwarded-For has an address of Envoy at its end, which an ALB adds later."""

_FORWARDED_FOR: Final = "x-forwarded-for"

_ENVOYS_OWN: Final = ("x-envoy-", "x-forwarded-proto")
"""Beginnings of the names of headers that Envoy adds."""

ALLOWED: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

FORBIDDEN_PAGE: Final = (
    "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n"
    "<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n"
)
"""Body of an Application Load Balancer's 403, of 118 bytes."""


def parse_check(data: bytes) -> tuple[WebRequest, int] | None:
    """Parse one request of Envoy at the beginning of the data.

    Returns:
        The request of the client and the number of bytes that were read; None if there are too few yet.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    source, length, is_appended = "", 0, False
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if name == "content-length":
            length = int(value)
        elif name == SOURCE_HEADER:
            source = value
        elif name == APPENDED_HEADER:
            is_appended = True
        elif not name.startswith(_ENVOYS_OWN):
            headers.append((name, value))
    size = end + 4 + length
    if len(data) < size:
        return None
    body = data[end + 4 : size]
    return (
        WebRequest(
            source=source,
            method=method,
            target=target,
            headers=tuple(_without_last_address(headers) if is_appended else headers),
            body=body[:BODY_LIMIT].decode("latin-1"),
            has_larger_body=length > BODY_LIMIT,
        ),
        size,
    )


def _without_last_address(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield headers without the address that Envoy has appended to X-Forwarded-For."""
    for name, value in headers:
        if name != _FORWARDED_FOR:
            yield name, value
        elif sent := value.rpartition(",")[0]:
            yield name, sent


def answer(verdict: Verdict, method: str) -> bytes:
    """Return the response to Envoy: 200 with headers to insert, or the response of the client."""
    if verdict.is_allowed:
        if not verdict.inserted_headers:
            return ALLOWED
        return _encode(200, verdict.inserted_headers, "", method)
    if verdict.response is None:
        headers = (("server", "awselb/2.0"), ("content-type", "text/html"))
        return _encode(403, headers, FORBIDDEN_PAGE, method)
    return _custom(verdict.response, method)


def _custom(response: BlockResponse, method: str) -> bytes:
    headers = (("server", "awselb/2.0"), *response.headers)
    if response.content_type:
        headers = (*headers, ("content-type", response.content_type))
    return _encode(response.status, headers, response.body, method)


def _encode(status: int, headers: tuple[tuple[str, str], ...], text: str, method: str) -> bytes:
    body = text.encode()
    lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers)]
    head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode("latin-1", "replace")
    return head + (b"" if method == "HEAD" else body)


class CheckProtocol(asyncio.Protocol):
    """Connection of Envoy."""

    def __init__(self, decide: Callable[[WebRequest], Verdict]) -> None:
        """Answer each request with the decision of a function."""
        self._decide = decide
        self._data = b""
        self._transport: asyncio.WriteTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data
        while self._data and self._transport is not None:
            parsed = parse_check(self._data)
            if parsed is None:
                return
            request, size = parsed
            self._data = self._data[size:]
            self._transport.write(answer(self._decide(request), request.method))
