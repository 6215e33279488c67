"""CORS (Fetch standard): pages of the configured origins may read the responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from typing_extensions import override

from service.api.openapi import ROWS_REFUSED, hook_headers
from service.server.middleware.request_context import REQUEST_ID, SERVED_BY

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.datastructures import Headers

    from service.model.hooks import Hook

MAX_AGE_SECONDS: Final = 3_600
"""`Access-Control-Max-Age`, in seconds."""


class _Cors(CORSMiddleware):
    """Starlette's middleware, but every response to a preflight request is 204 without a body.

    The headers show whether the origin is allowed, so this middleware needs no error format of its own.
    """

    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return Response(status_code=204, headers=headers)


def enable_cors(api: FastAPI, origins: tuple[str, ...], hook: Hook | None) -> None:
    """Allow pages of these origins to send requests, without credentials: the service has none."""
    api.add_middleware(
        _Cors,
        allow_origins=origins,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["Content-Type", REQUEST_ID, "traceparent"],
        expose_headers=[SERVED_BY, REQUEST_ID, *hook_headers(hook), ROWS_REFUSED],
        max_age=MAX_AGE_SECONDS,
    )
