"""Routes of the API: content negotiation (406 for `Accept`, 415 for encoded bodies) and caching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import HTTPException
from fastapi.routing import APIRoute
from typing_extensions import override

from service.api.caching import UNSTORED, complete_response
from service.http.accept import best_media_type

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.responses import Response


class NegotiatedRoute(APIRoute):
    """FastAPI route that answers 406 and, for encoded bodies, 415, and says how its responses are cached.

    FastAPI itself ignores `Accept`, and reads a compressed body as if it were not compressed.
    """

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        # FastAPI wraps the default. A route with several response formats has no media type and negotiates
        # itself.
        response_class: Any = getattr(self.response_class, "value", self.response_class)
        media_type: str | None = response_class.media_type

        is_stored = not getattr(self.endpoint, UNSTORED, False)

        async def negotiated(request: Request) -> Response:
            if media_type:
                negotiate_media_type(request, [media_type])
            if request.method == "POST":
                await _refuse_encoded_body(request)
            return complete_response(request, await handle(request), is_stored=is_stored)

        return negotiated


def negotiate_media_type(request: Request, offered: list[str]) -> str:
    """Return the media type of the response, out of those offered.

    Raises:
        HTTPException: The client accepts none of them.
    """
    media_type = best_media_type(",".join(request.headers.getlist("accept")), offered)
    if media_type is None:
        raise HTTPException(406, f"This path responds with {', '.join(offered)}, which Accept excludes.")
    return media_type


async def _refuse_encoded_body(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"} and await request.body():
        raise HTTPException(415, "The body must not be encoded.", headers={"Accept-Encoding": "identity"})
