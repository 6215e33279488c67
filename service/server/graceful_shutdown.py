"""How a process ends: first it says so, then it serves on for a while, then it finishes what is under way.

    SIGTERM   `/readyz` answers 503 and every answer closes its connection; after the grace, the next step
    SIGINT    nobody new is let in, what is under way is finished; a second one drops that too

A second SIGTERM ends the grace, too, unless a parent process passes signals on: then the first one may come
twice, from the parent and from whoever signals the whole group, as systemd does.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
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
    """Puts a grace between the first signal and what the server does about it."""

    def __init__(self, announce: Callable[[], None], *, grace_seconds: float) -> None:
        """Know what to do.

        Args:
            announce: Called once, when the end begins.
            grace_seconds: Between SIGTERM and the moment when nobody new is let in.
        """
        self._announce = announce
        self._grace_seconds = grace_seconds
        self._parent = multiprocessing.parent_process()
        self._server: dict[int, Handler] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._begun = False

    def install(self) -> None:
        """Take the signals that the server has taken already; only its main thread can, and must."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                self._server[number] = handler
                signal.signal(number, lambda number, _: loop.call_soon_threadsafe(self.handle_signal, number))

    def handle_signal(self, number: int) -> None:
        """Do what a signal asks for."""
        first = not self._begun
        self._begun = True
        if first:
            _LOG.info("told to stop by %s", signal.Signals(number).name)
            self._announce()
        if number == signal.SIGTERM:
            if first and self._grace_seconds:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._grace_seconds, self._pass_on, number)
                return
            if not first and self._parent:
                return
        self._pass_on(number)

    def check_parent(self) -> None:
        """End with the parent process, were it killed: nobody else would ever end this one."""
        if self._parent and not self._begun and not self._parent.is_alive():
            self.handle_signal(signal.SIGTERM)

    def _pass_on(self, number: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._server[number](number, None)
