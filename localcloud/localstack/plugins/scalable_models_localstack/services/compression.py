"""How REST APIs take and give compressed bodies.

Source: "Payload compression for REST APIs" in API Gateway's developer guide, and the pages below it.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from werkzeug import Request, Response


class CodingError(ValueError):
    """A body is not in the coding that its request names, or this one isn't supported."""


def decoded_body(request: Request) -> bytes:
    """Return the body of a request, byte for byte what it was before it was compressed.

    Raises:
        CodingError: it cannot be had.
    """
    coding = request.headers.get("Content-Encoding", "identity").lower()
    try:
        # LocalStack has put a decoder over a body in gzip, and says identity.
        body = request.get_data()
        if coding == "deflate":
            return zlib.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise CodingError(str(error)) from error
    if coding != "identity":
        raise CodingError(f"{coding} is not supported")
    return body


def compress(request: Request, response: Response, least: int) -> None:
    """Compress the body of a response if its client says how, and if it has `least` bytes."""
    body = response.get_data()
    coding = _wanted(request)
    if coding is None or len(body) < least or "Content-Encoding" in response.headers:
        return
    response.set_data(gzip.compress(body) if coding == "gzip" else zlib.compress(body))
    response.headers["Content-Encoding"] = coding


def _wanted(request: Request) -> str | None:
    """Return what the client wants most; it must name the coding, `*` is not enough."""
    wanted = [
        (quality, coding)
        for coding, quality in request.accept_encodings
        if coding in {"gzip", "deflate"} and quality > 0
    ]
    # Of two with the same quality, the one named first.
    return max(wanted, key=lambda each: each[0], default=(0, None))[1]
