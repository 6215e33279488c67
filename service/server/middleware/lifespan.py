"""Lifespan of a worker: tasks at its start, once a second, and at its end."""

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
"""Time between two runs of the periodic tasks."""

_LOG: Final = logging.getLogger("service")


class Lifespan:
    """ASGI middleware: handles the `lifespan` events of the server, and passes requests on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        connections: Connections,
        shutdown: GracefulShutdown,
        every_second: Sequence[Callable[[], None]],
        on_shutdown: Sequence[Callable[[], None]],
    ) -> None:
        self._app = app
        self._connections = connections
        self._shutdown = shutdown
        self._every_second = every_second
        self._on_shutdown = on_shutdown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan of the server (ASGI)."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        # All objects made so far stay, but for a hundredth of them. Each full collection would scan them, and
        # delay a request, or the start, by 40 ms; without them, it takes 1 ms.
        gc.freeze()
        gc.enable()  # `service.main` disables it
        scope["state"][STATE_KEY] = self._connections
        self._shutdown.install()
        periodic = asyncio.create_task(self._run_periodically())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        periodic.cancel()
        self._run(self._on_shutdown)
        await send({"type": "lifespan.shutdown.complete"})

    async def _run_periodically(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            self._run(self._every_second)

    def _run(self, tasks: Sequence[Callable[[], None]]) -> None:
        for task in tasks:
            try:
                task()
            except Exception:  # noqa: BLE001 (a task that fails must not keep the others from running)
                _LOG.exception("a periodic task failed")
