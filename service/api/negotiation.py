"""Routes that say at once when they cannot write what a client reads, or read what a client has written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import HTTPException
from fastapi.routing import APIRoute
from typing_extensions import override

from service.http.accept import best_media_type

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.responses import Response


class NegotiatedRoute(APIRoute):
    """A route of FastAPI, with 406 and, for encoded bodies, 415.

    FastAPI would pass over `Accept`, and read a compressed body as if it were none.
    """

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        # A default is wrapped; a route that may answer in several forms has no media type, and sees to it.
        response_class: Any = getattr(self.response_class, "value", self.response_class)
        media_type: str | None = response_class.media_type

        async def negotiated(request: Request) -> Response:
            if media_type:
                negotiate_media_type(request, [media_type])
            if request.method == "POST":
                await _refuse_encoded_body(request)
            return await answer(request)

        return negotiated


def negotiate_media_type(request: Request, offered: list[str]) -> str:
    """Return which of these to answer with.

    Raises:
        HTTPException: the client takes none of them.
    """
    wanted = best_media_type(",".join(request.headers.getlist("accept")), offered)
    if wanted is None:
        raise HTTPException(406, f"This path answers with {', '.join(offered)}, and Accept takes none of it.")
    return wanted


async def _refuse_encoded_body(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"} and await request.body():
        raise HTTPException(415, "The body must not be encoded.", headers={"Accept-Encoding": "identity"})
