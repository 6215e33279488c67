"""Compression: long responses are compressed as the client accepts it, short ones never are."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import brotli  # pyright: ignore[reportMissingTypeStubs] (it has no types)
import httpx
import pytest
import zstandard
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service.http.caching import NOT_MODIFIED_BYTES
from service.server.middleware.compression import Compression
from service.server.middleware.head_requests import answer_head_requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Serve = Callable[[ASGIApp], AbstractContextManager[httpx.Client]]

TEXT = b"".join(b'{"specie":"Iris Setosa","row":%d}\n' % row for row in range(100))
LONG = TEXT * 100

_brotli: Any = brotli
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstandard.ZstdDecompressor().decompress,
    "br": _brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.fixture(scope="module")
def client(serving: Serve) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer_to(Request(scope))(scope, receive, send)

    with serving(answer_head_requests(Compression(app, min_bytes=1_024))) as client:
        yield client


def answer_to(request: Request) -> Response:
    parameters = dict(request.query_params)
    headers = {
        name: parameters[name]
        for name in ("etag", "vary", "cache-control", "content-encoding")
        if name in parameters
    }
    media_type = parameters.get("type", "application/json")
    status = int(parameters.get("status", "200"))
    match request.url.path:
        case "/long":
            return Response(LONG, status, headers, media_type)
        case "/edge":
            return Response(LONG[:1_024], status, headers, media_type)
        case "/streamed":
            return StreamingResponse(pieces(LONG), status, headers, media_type)
        case "/empty":
            return Response(b"", status, headers)
        case "/drops":
            return StreamingResponse(pieces(LONG[:1_000]), status, headers, media_type)
        case _:
            return Response(LONG[:1_023], status, headers, media_type)


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 100):
        yield body[start : start + 100]


def raw(client: httpx.Client, method: str, path: str, accepted: str | None) -> tuple[httpx.Response, bytes]:
    """Send a request without httpx's own `Accept-Encoding`, and return the response and its undecoded
    bytes."""
    headers = {"accept-encoding": accepted} if accepted is not None else {}
    request = client.build_request(method, path)
    request.headers.pop("accept-encoding", None)
    request.headers.update(headers)
    response = client.send(request, stream=True)
    body = b"".join(response.iter_raw())
    response.close()
    return response, body


@pytest.mark.parametrize("path", ["/long", "/edge", "/streamed"])
@pytest.mark.parametrize("coding", DECOMPRESS)
def test_a_long_response_is_the_same_when_decompressed(client: httpx.Client, path: str, coding: str):
    response, body = raw(client, "GET", path, coding)
    assert response.headers["content-encoding"] == coding
    assert response.headers["vary"] == "Accept-Encoding"
    if path == "/streamed":
        decompressed = (
            zstandard.ZstdDecompressor().decompressobj().decompress(body)
            if coding == "zstd"
            else DECOMPRESS[coding](body)
        )
    else:
        assert int(response.headers["content-length"]) == len(body)
        decompressed = DECOMPRESS[coding](body)
    assert decompressed == (LONG[:1_024] if path == "/edge" else LONG)
    assert len(body) < len(decompressed) / 2


@pytest.mark.parametrize("accepted", [None, "", "identity", "deflate", "gzip;q=0"])
def test_without_an_accepted_coding_the_response_is_plain_and_has_vary(
    client: httpx.Client, accepted: str | None
):
    response, body = raw(client, "GET", "/long", accepted)
    assert body == LONG
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/short", "/drops", "/empty"])
@pytest.mark.parametrize("accepted", [None, "gzip", "zstd, br, gzip", "identity;q=0, gzip"])
def test_a_short_response_is_the_same_for_all_clients(client: httpx.Client, path: str, accepted: str | None):
    response, body = raw(client, "GET", path, accepted)
    assert response.status_code == 200
    assert "content-encoding" not in response.headers
    assert "vary" not in response.headers
    assert LONG.startswith(body)


@pytest.mark.parametrize(
    ("media_type", "is_compressed"),
    [
        ("text/html", True),
        ("text/csv", True),
        ("application/json", True),
        ("application/problem%2Bjson", True),
        ("application/x-ndjson", True),
        ("application/javascript", True),
        ("image/svg%2Bxml", True),
        ("Application/JSON", True),  # types are case-insensitive (RFC 9110, 8.3.1)
        ("application/json ; charset=utf-8", True),
        ("application/octet-stream", False),
        ("application/gzip", False),
    ],
)
def test_only_types_that_compression_makes_smaller_are_compressed(
    client: httpx.Client, media_type: str, *, is_compressed: bool
):
    response, _ = raw(client, "GET", f"/long?type={media_type}", "gzip")
    assert ("content-encoding" in response.headers) is is_compressed
    assert ("vary" in response.headers) is is_compressed


@pytest.mark.parametrize(
    "query",
    [
        "type=image/png",
        "content-encoding=gzip",
        "cache-control=public,no-transform",
        "cache-control=No-Transform",  # directives are case-insensitive (RFC 9111, 5.2)
        "status=206",
    ],
)
def test_responses_that_must_not_be_transformed_are_not_compressed(client: httpx.Client, query: str):
    _, body = raw(client, "GET", f"/long?{query}", "gzip")
    assert body == LONG


def test_refusing_plain_text_and_all_codings_is_not_acceptable(client: httpx.Client):
    for path in ("/long", "/streamed"):
        response, body = raw(client, "GET", path, "identity;q=0, deflate")
        assert response.status_code == 406
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["vary"] == "Accept-Encoding"
        assert b"zstd, br, gzip" in body


@pytest.mark.parametrize("status", [400, 422, 500])
def test_an_error_is_sent_even_if_all_codings_are_refused(client: httpx.Client, status: int):
    response, body = raw(client, "GET", f"/long?status={status}", "*;q=0")
    assert (response.status_code, body) == (status, LONG)


def test_several_headers_are_one_list(client: httpx.Client):
    request = client.build_request("GET", "/long")
    headers = [(b"accept-encoding", b"gzip;q=0.5"), (b"accept-encoding", b"br"), (b"host", b"x")]
    response = client.send(httpx.Request("GET", request.url, headers=headers))
    assert response.headers["content-encoding"] == "br"


@pytest.mark.parametrize("path", ["/long", "/short"])
@pytest.mark.parametrize("accepted", [None, "gzip", "br"])
def test_head_has_the_headers_of_get(client: httpx.Client, path: str, accepted: str | None):
    got, _ = raw(client, "GET", path, accepted)
    head, body = raw(client, "HEAD", path, accepted)
    assert body == b""
    for name in ("content-length", "content-encoding", "vary", "content-type"):
        assert head.headers.get(name) == got.headers.get(name)


def test_the_etag_of_a_compressed_response_is_weak(client: httpx.Client):
    for given, expected in (('"abc"', 'W/"abc"'), ('W/"abc"', 'W/"abc"')):
        assert raw(client, "GET", f"/long?etag={given}", "gzip")[0].headers["etag"] == expected
    assert raw(client, "GET", '/long?etag="abc"', None)[0].headers["etag"] == '"abc"'
    assert raw(client, "GET", '/short?etag="abc"', "gzip")[0].headers["etag"] == '"abc"'


def test_304_has_the_headers_that_200_would_have(client: httpx.Client):
    response, _ = raw(client, "GET", '/empty?status=304&etag="abc"', "gzip")
    assert (response.headers["vary"], response.headers["etag"]) == ("Accept-Encoding", 'W/"abc"')


def test_vary_is_added_to_an_existing_vary(client: httpx.Client):
    response, _ = raw(client, "GET", "/long?vary=Origin", "gzip")
    assert response.headers.get_list("vary") == ["Origin", "Accept-Encoding"]
    response, _ = raw(client, "GET", "/long?vary=accept-encoding", "gzip")
    assert response.headers.get_list("vary") == ["accept-encoding"]


@pytest.mark.parametrize("vary", ["*", "Accept-Encoding", "Origin, ACCEPT-ENCODING"])
def test_no_vary_is_added_where_one_says_so_already(client: httpx.Client, vary: str):
    response, _ = raw(client, "GET", f"/long?vary={vary}", "gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers.get_list("vary") == [vary]


async def sent_by(app: ASGIApp, state: dict[str, int]) -> list[Any]:
    """Return the messages of the response to a request that accepts gzip, with this state."""
    sent: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"accept-encoding", b"gzip")]
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "state": state}
    await Compression(app, min_bytes=1_024)(scope, receive, send)
    return sent


# ASGI: `more_body` is optional, and false by default.
@pytest.mark.parametrize("pieces", [[LONG], [LONG, LONG], [LONG[:500], LONG, LONG[:7]], [b"", LONG]])
def test_the_last_message_need_not_say_that_it_is_the_last(pieces: list[bytes]):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in pieces[:-1]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": pieces[-1]})

    start, *bodies = asyncio.run(sent_by(app, {}))
    assert dict(start["headers"])[b"content-encoding"] == b"gzip"
    assert gzip.decompress(b"".join(message["body"] for message in bodies)) == b"".join(pieces)
    assert [message.get("more_body", False) for message in bodies] == [True] * (len(bodies) - 1) + [False]


# RFC 9110, 15.4.5: 304 has the headers that 200 would have had; a response of 1,023 bytes is not compressed.
@pytest.mark.parametrize(
    ("state", "is_compressed"),
    [({NOT_MODIFIED_BYTES: 1_024}, True), ({NOT_MODIFIED_BYTES: 1_023}, False), ({}, True)],
)
def test_304_is_about_a_response_of_its_own_length(state: dict[str, int], *, is_compressed: bool):
    for headers, etag in (([(b"etag", b'"a"')], b'W/"a"' if is_compressed else b'"a"'), ([], None)):
        start, _ = asyncio.run(sent_by(Response(None, 304, dict(decoded(headers))), state))
        sent = dict(start["headers"])
        assert sent.get(b"etag") == etag
        assert (b"vary" in sent) is (is_compressed and etag is not None)


def decoded(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode(), value.decode()) for name, value in headers]
