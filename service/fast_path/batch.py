"""The plain batch, without the framework.

FastAPI is the authority on batches as on all else. This is a short cut to the very same bytes where all is as
usual: no query, headers of which none asks for anything special, and rows that are all well. For a thousand
flowers the framework would add a fifth to the time that they take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from service.api.routes.batch import PATH, response_of
from service.batch import fast_reader
from service.batch.classify import ROWS_AT_ONCE, BatchResponse
from service.batch.formats import FORMATS
from service.batch.rows import BatchError
from service.batch.writer import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.model.predictor import Predictor

_SPECIAL: Final = frozenset((b"content-encoding", b"origin"))
"""Headers with which an answer may be another one, whatever they say; those of the connection are dealt with
outside."""


class _Route(NamedTuple):
    """What whoever counts answers wants to know of a route."""

    path: str


class BatchFastPath:
    """ASGI middleware: answers plain batches, and leaves all others as they came."""

    def __init__(self, app: ASGIApp, predictor: Predictor, *, most: int) -> None:
        """Prepare.

        Args:
            app: The authority.
            predictor: Answers where none is named.
            most: A batch with more flowers is refused, and one that takes long is not for here.
        """
        self._app = app
        self._predictor = predictor
        self._most = min(most, ROWS_AT_ONCE)
        self._writers: Mapping[str, BatchWriter] = {
            media_type: BatchWriter(form, predictor, detail=False) for media_type, form in FORMATS.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        media_type = _plain(scope)
        if not media_type:
            await self._app(scope, receive, send)
            return
        message = await receive()
        whole = message["type"] == "http.request" and not message.get("more_body", False)
        answer = self._answer(message.get("body", b""), media_type) if whole else None
        if answer:
            scope["state"] |= {"predictor": self._predictor.name, "flowers": answer.flowers}
            scope["route"] = _Route(PATH)
            await response_of(answer, media_type)(scope, receive, send)
        else:
            await self._app(scope, _once_more(message, receive), send)

    def _answer(self, body: bytes, media_type: str) -> BatchResponse | None:
        try:
            flowers = fast_reader.read(body, FORMATS[media_type])
            if not flowers or len(flowers) > self._most:
                return None
            writer = self._writers[media_type]
            entries, swapped = writer.answers(flowers)
        except BatchError:
            return None
        except Exception:  # noqa: BLE001 (the authority will meet the same one, and knows what to say of it)
            return None
        return BatchResponse(body=writer.whole(entries), flowers=len(flowers), swapped=swapped, refused=0)


def _plain(scope: Scope) -> str | None:
    """Return the media type of a batch in which nothing is unusual so far."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or scope["query_string"]:
        return None
    said: dict[bytes, bytes] = {}
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name in _SPECIAL or (name in said and name in {b"accept", b"content-type"}):
            return None
        said[name] = value
    media_type = said.get(b"content-type", b"").decode("latin-1")
    accepted = said.get(b"accept", b"*/*").decode("latin-1") in {"*/*", media_type}
    return media_type if accepted and media_type in FORMATS else None


def _once_more(message: Message, receive: Receive) -> Receive:
    given: Message | None = message

    async def receive_once_more() -> Message:
        nonlocal given
        first, given = given, None
        return first or await receive()

    return receive_once_more
