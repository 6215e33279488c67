"""Lets pages of other origins read the answers (CORS, Fetch standard): only of those that were named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from typing_extensions import override

from service.api.openapi import FLOWER_SWAPPED, FLOWERS_SWAPPED, ROWS_REFUSED
from service.server.middleware.request_context import REQUEST_ID, SERVED_BY

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.datastructures import Headers

ASK_AGAIN_AFTER_SECONDS: Final = 3_600
"""So long a browser remembers what it was told."""


class _Cors(CORSMiddleware):
    """Starlette's, but for the answer to browsers that ask beforehand: it has no words, good or bad.

    Whether an origin may is in the headers alone, so that no error needs a form of its own here.
    """

    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        asked = super().preflight_response(request_headers)
        headers = {name: value for name, value in asked.headers.items() if not name.startswith("content-")}
        return Response(status_code=204, headers=headers)


def enable_cors(api: FastAPI, origins: tuple[str, ...]) -> None:
    """Let the pages of these origins ask, without credentials: there are none here."""
    api.add_middleware(
        _Cors,
        allow_origins=origins,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["Content-Type", REQUEST_ID, "traceparent"],
        expose_headers=[SERVED_BY, REQUEST_ID, FLOWER_SWAPPED, FLOWERS_SWAPPED, ROWS_REFUSED],
        max_age=ASK_AGAIN_AFTER_SECONDS,
    )
