"""Compressed request and response bodies of REST APIs.

Source: "Payload compression for REST APIs" in API Gateway's developer guide, and the pages below it.
"""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from scalable_models_localstack.guard.body_limit import STAGE_LIMIT, body_too_large

if TYPE_CHECKING:
    from werkzeug import Request, Response


class CodingError(ValueError):
    """Body that does not match its Content-Encoding, or an unsupported coding."""


class BodyTooLargeError(ValueError):
    """Body that exceeds API Gateway's limit after its decompression."""

    def __init__(self) -> None:
        super().__init__(body_too_large(STAGE_LIMIT).message)


def decoded_body(request: Request) -> bytes:
    """Return the decompressed body of a request.

    Raises:
        CodingError: the body cannot be decompressed.
        BodyTooLargeError: the decompressed body is too large.
    """
    coding = request.headers.get("Content-Encoding", "identity").lower()
    body = request.get_data()
    match coding:
        case "identity":
            return body
        case "gzip":
            return gunzip(body)
        case "deflate":
            return _inflate(body)
        case _:
            raise CodingError(f"{coding} is not supported")


def gunzip(body: bytes) -> bytes:
    """Return a decompressed body; never decompress more than the limit.

    Raises:
        CodingError: the body is not in gzip's format.
        BodyTooLargeError: the decompressed body is too large.
    """
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as compressed:
            decoded = compressed.read(STAGE_LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise CodingError(str(error)) from error
    return _limited(decoded)


def _inflate(body: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        decoded = _limited(decompressor.decompress(body, STAGE_LIMIT + 1))
    except zlib.error as error:
        raise CodingError(str(error)) from error
    if not decompressor.eof:
        raise CodingError("the body is incomplete")
    return decoded


def _limited(decoded: bytes) -> bytes:
    if len(decoded) > STAGE_LIMIT:
        raise BodyTooLargeError
    return decoded


def compress(request: Request, response: Response, minimum_size: int) -> None:
    """Compress the body of a response if the client accepts it and the body has `minimum_size` bytes."""
    body = response.get_data()
    coding = _preferred_coding(request)
    if coding is None or len(body) < minimum_size or "Content-Encoding" in response.headers:
        return
    response.set_data(gzip.compress(body) if coding == "gzip" else zlib.compress(body))
    response.headers["Content-Encoding"] = coding


def _preferred_coding(request: Request) -> str | None:
    """Return the client's preferred coding. The client must name it; `*` is not sufficient."""
    accepted = [
        (quality, coding)
        for coding, quality in request.accept_encodings
        if coding in {"gzip", "deflate"} and quality > 0
    ]
    # The first one of equal quality.
    return max(accepted, key=lambda each: each[0], default=(0, None))[1]
