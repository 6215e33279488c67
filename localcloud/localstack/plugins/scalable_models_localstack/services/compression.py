"""Compressed request and response bodies of REST APIs.

Source: "Payload compression for REST APIs" in API Gateway's developer guide, and the pages below it.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from werkzeug import Request, Response


class CodingError(ValueError):
    """Body that does not match its Content-Encoding, or an unsupported coding."""


def decoded_body(request: Request) -> bytes:
    """Return the decompressed body of a request.

    Raises:
        CodingError: the body cannot be decompressed.
    """
    coding = request.headers.get("Content-Encoding", "identity").lower()
    try:
        # LocalStack already decodes gzip, and changes the coding to identity.
        body = request.get_data()
        if coding == "deflate":
            return zlib.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise CodingError(str(error)) from error
    if coding != "identity":
        raise CodingError(f"{coding} is not supported")
    return body


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
