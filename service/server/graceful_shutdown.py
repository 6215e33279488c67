"""Graceful shutdown of a worker: announce it, keep serving for a grace period, then finish open requests.

    SIGTERM   `/readyz` answers 503 and every response closes its connection; after the grace, the next step
    SIGINT    no new connection is accepted, open requests are finished; a second one drops them

A second SIGTERM ends the grace, except in a worker of a supervisor. There the first one can arrive twice:
from the supervisor, and from systemd, which signals the whole control group.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object]

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

_LOG: Final = logging.getLogger("service")


class GracefulShutdown:
    """Signal handler that delays the server's own by the grace period."""

    def __init__(self, announce: Callable[[], None], *, grace_seconds: float) -> None:
        """Create the handler.

        Args:
            announce: Called once, when the shutdown begins.
            grace_seconds: Seconds from SIGTERM until no new connection is accepted.
        """
        self._announce = announce
        self._grace_seconds = grace_seconds
        self._parent = multiprocessing.parent_process()
        self._server_handlers: dict[int, Handler] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._begun = False

    def install(self) -> None:
        """Replace the signal handlers that the server has installed, which only the main thread can do."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                self._server_handlers[number] = handler
                signal.signal(number, lambda number, _: loop.call_soon_threadsafe(self.handle_signal, number))

    def handle_signal(self, number: int) -> None:
        """Begin the shutdown, or go on to its next step."""
        first = not self._begun
        self._begun = True
        if first:
            _LOG.info("shutting down on %s", signal.Signals(number).name)
            self._announce()
        if number == signal.SIGTERM:
            if first and self._grace_seconds:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._grace_seconds, self._forward, number)
                return
            if not first and self._parent:
                return
        self._forward(number)

    def check_parent(self) -> None:
        """Begin the shutdown if the parent process was killed: no other process would stop this one."""
        # Not `is_alive`, which looks at a pipe that workers started later hold open, too.
        if self._parent and not self._begun and os.getppid() != self._parent.pid:
            self.handle_signal(signal.SIGTERM)

    def _forward(self, number: int) -> None:
        """Call the server's own signal handler."""
        if self._timer is not None:
            self._timer.cancel()
        self._server_handlers[number](number, None)
