"""ASGI middleware: answers plain batches without the framework.

FastAPI remains authoritative for batches. This shortcut produces the same bytes for ordinary requests: no
query, no header that changes the answer, and valid rows only. For a thousand flowers, the framework would add
a fifth to the time that they take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from service.api.routes.batch import PATH, UNUSUAL, ClientLeftError, run_steps, to_http_response
from service.batch.classify import classify_valid_in_steps
from service.batch.formats import FORMATS
from service.batch.rows import BatchError
from service.batch.writer import BatchWriter
from service.http.caching import cache_headers
from service.http.replay import replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.batch.classify import BatchResponse
    from service.model.predictor import Predictor

_SPECIAL_HEADERS: Final = frozenset((b"content-encoding", b"origin"))
"""Headers that may change the response with any value. Outer layers handle those of the connection."""


class _Route(NamedTuple):
    """Route of a request as the request statistics read it."""

    path: str


class BatchFastPath:
    """ASGI middleware: answers plain batches, and passes every other request on unchanged."""

    def __init__(self, app: ASGIApp, predictor: Predictor, *, max_flowers: int) -> None:
        """Create the middleware.

        Args:
            app: The FastAPI application.
            predictor: The default predictor.
            max_flowers: Limit of a batch.
        """
        self._app = app
        self._predictor = predictor
        self._max_flowers = max_flowers
        self._writers: Mapping[str, BatchWriter] = {
            media_type: BatchWriter(form, predictor, detail=False) for media_type, form in FORMATS.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        media_type = _plain_media_type(scope)
        if not media_type:
            await self._app(scope, receive, send)
            return
        message = await receive()
        is_whole = message["type"] == "http.request" and not message.get("more_body", False)
        try:
            response = await self._respond(message.get("body", b""), media_type, scope) if is_whole else None
        except ClientLeftError:
            return
        if response:
            scope["state"] |= {"predictor": self._predictor.name, "flowers": response.flowers}
            scope["route"] = _Route(PATH)
            http_response = to_http_response(response, media_type, self._predictor.hook)
            http_response.raw_headers += cache_headers(None)
            await http_response(scope, receive, send)
        else:
            await self._app(scope, replay((message,), receive), send)

    async def _respond(self, body: bytes, media_type: str, scope: Scope) -> BatchResponse | None:
        steps = classify_valid_in_steps(self._writers[media_type], body, self._max_flowers)
        try:
            response = await run_steps(steps, scope["state"])
        except ClientLeftError:
            raise
        except BatchError:
            return None
        except Exception:  # noqa: BLE001 (the framework meets the same error, and answers and logs it)
            return None
        if response is None:
            scope["state"][UNUSUAL] = True
        return response


def _plain_media_type(scope: Scope) -> str | None:
    """Return the media type of a batch whose request line and headers are plain, or None."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or scope["query_string"]:
        return None
    seen: dict[bytes, bytes] = {}
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name in _SPECIAL_HEADERS or (name in seen and name in {b"accept", b"content-type"}):
            return None
        seen[name] = value
    media_type = seen.get(b"content-type", b"").decode("latin-1")
    is_accepted = seen.get(b"accept", b"*/*").decode("latin-1") in {"*/*", media_type}
    return media_type if is_accepted and media_type in FORMATS else None
