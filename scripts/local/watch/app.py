"""Web application of the console: the page, its assets, and its parts as server-sent events."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from scripts.local.watch.guard import Guard
from scripts.local.watch.observation.observer import INTERVAL
from scripts.local.watch.view.parts import PACKAGE, render_page, render_parts
from scripts.local.watch.view.texts import preferred_language, text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from scripts.local.watch.access import Access
    from scripts.local.watch.actions.controls import Controls
    from scripts.local.watch.observation.observer import Observer
    from scripts.local.watch.observation.snapshot import Snapshot
    from scripts.local.watch.view.texts import Language

ASSETS: Final = ("console.css", "console.js")

MAXIMUM_FORM: Final = 4_096
"""Maximum bytes of a form."""


class Console:
    """Latest state of the cloud, and the application that shows it."""

    def __init__(self, observer: Observer, access: Access, controls: Controls) -> None:
        """Create a console that has seen nothing yet."""
        self._controls = controls
        self._observer = observer
        self._access = access
        self._snapshot: Snapshot | None = None
        self._parts: dict[Language, dict[str, str]] = {}
        self._changed = asyncio.Condition()
        self._is_over = False
        self.app = Starlette(
            routes=[
                Route("/", self._page),
                Route("/stream", self._stream),
                Route("/act", self._act, methods=["POST"]),
                Route("/assets/{name}", self._asset),
            ],
            middleware=[Middleware(Guard, access=access)],
            lifespan=self._lifespan,
        )

    def end(self) -> None:
        """End all streams with their next event, so that the server can stop."""
        self._is_over = True

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        await self._observe()
        watching = asyncio.create_task(self._watch())
        yield
        watching.cancel()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL
            await self._observe()
            await asyncio.sleep(max(0.1, due - loop.time()))

    async def _observe(self) -> None:
        snapshot = await asyncio.to_thread(self._observer.observe)
        async with self._changed:
            self._snapshot = snapshot
            self._parts.clear()
            self._changed.notify_all()

    def _render(self, language: Language) -> dict[str, str]:
        if language not in self._parts and self._snapshot is not None:
            self._parts[language] = render_parts(
                self._snapshot, self._observer.history.points, self._controls.activity, language
            )
        return self._parts[language]

    async def _act(self, request: Request) -> Response:
        """Run the action of a button; a script only needs the status, and a form goes back to the page."""
        try:
            fields = await _form(request)
        except ValueError:
            return PlainTextResponse("The form is too long or no text.", HTTPStatus.BAD_REQUEST)
        if not self._access.is_form_token(request.cookies[self._access.cookie], fields.pop("token", "")):
            return PlainTextResponse("The form is of another session.", HTTPStatus.FORBIDDEN)
        outcome = await asyncio.to_thread(self._controls.run, fields.pop("action", ""), fields)
        async with self._changed:
            self._parts.clear()
            self._changed.notify_all()
        if request.headers.get("accept") == "text/plain":
            language = _language(request)
            status = HTTPStatus.CONFLICT if outcome.is_bad else HTTPStatus.OK
            return PlainTextResponse(text(outcome.text, language, **outcome.values), status)
        return RedirectResponse(f"/?lang={_language(request)}", HTTPStatus.SEE_OTHER)

    async def _page(self, request: Request) -> Response:
        if "token" in request.query_params:
            # Out of the address bar and of the history.
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        language = _language(request)
        token = self._access.form_token(request.cookies[self._access.cookie])
        return HTMLResponse(render_page(language, token, self._render(language)))

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ASSETS:
            return PlainTextResponse("There is no such file.", HTTPStatus.NOT_FOUND)
        return FileResponse(PACKAGE / "assets" / name)

    async def _stream(self, request: Request) -> Response:
        return StreamingResponse(self._events(_language(request)), media_type="text/event-stream")

    async def _events(self, language: Language) -> AsyncGenerator[str]:
        """Yield an event with the parts that have changed, each second."""
        sent: dict[str, str] = {}
        while not self._is_over:
            parts = self._render(language)
            changed = {name: html for name, html in parts.items() if sent.get(name) != html}
            yield f"data: {json.dumps(changed)}\n\n"
            sent = parts
            async with self._changed:
                await self._changed.wait()


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form in the URL's encoding.

    Raises:
        ValueError: It is too long, or not UTF-8.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAXIMUM_FORM:
            raise ValueError("too long")
    return dict(parse_qsl(body.decode("utf-8")))


def _language(request: Request) -> Language:
    match request.query_params.get("lang"):
        case "en":
            return "en"
        case "es":
            return "es"
        case _:
            return preferred_language(request.headers.get("accept-language", ""))
