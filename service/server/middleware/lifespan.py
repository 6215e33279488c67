"""What a worker does beside answering: it looks after itself once a second, from its start to its end."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import TYPE_CHECKING, Final

from service.server.connection_timeouts import STATE_KEY, Connections

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.server.graceful_shutdown import GracefulShutdown

INTERVAL_SECONDS: Final = 1.0

_LOG: Final = logging.getLogger("service")


class Lifespan:
    """ASGI middleware: answers the server's `lifespan` events, and passes requests on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        connections: Connections,
        ending: GracefulShutdown,
        every_second: Sequence[Callable[[], None]],
        on_shutdown: Sequence[Callable[[], None]],
    ) -> None:
        self._app = app
        self._connections = connections
        self._ending = ending
        self._each_second = every_second
        self._at_last = on_shutdown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the whole life of the server (ASGI)."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        # What was made so far stays for good. To look through it for garbage would hold up a request for
        # 40 ms each time; without it, that takes 1 ms.
        gc.collect()
        gc.freeze()
        scope["state"][STATE_KEY] = self._connections
        self._ending.install()
        beats = asyncio.create_task(self._beat())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        beats.cancel()
        self._do(self._at_last)
        await send({"type": "lifespan.shutdown.complete"})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            self._do(self._each_second)

    def _do(self, tasks: Sequence[Callable[[], None]]) -> None:
        for task in tasks:
            try:
                task()
            except Exception:  # noqa: BLE001 (one that fails must not keep the others from being done)
                _LOG.exception("failed to look after the worker")
