"""Several workers on one port: uvicorn's parent process, which also ends well."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from uvicorn.config import Config

LATE_SECONDS: Final = 5.0
"""A worker that has not ended by itself this long after its time is killed."""


class Supervisor(Multiprocess):
    """Starts the workers, replaces those that die, and passes signals on."""

    def __init__(
        self,
        config: Config,
        listener: socket,
        *,
        drain_seconds: float,
        on_worker_exit: Callable[[int], object],
    ) -> None:
        """Create the supervisor.

        Args:
            config: Configuration of each worker, with their number.
            listener: Socket that the workers share.
            drain_seconds: Time within which a worker ends after SIGTERM.
            on_worker_exit: Called with the process id of a worker that died and is replaced.
        """
        super().__init__(config, [listener])
        self._drain_seconds = drain_seconds
        self._on_worker_exit = on_worker_exit

    @property
    def failed(self) -> bool:
        """Whether a worker could not start, so that no other one will."""
        return any(process.exitcode == STARTUP_FAILURE for process in self.processes)

    @override
    def init_processes(self) -> None:
        super().init_processes()
        self._leave_answers_to_workers()

    @override
    def keep_subprocess_alive(self) -> None:
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            if pid is not None:
                self._on_worker_exit(pid)
        self._leave_answers_to_workers()

    def _leave_answers_to_workers(self) -> None:
        """Close our own copy of each worker's end of the pipe through which it is asked for a sign of life.

        While that is open, a worker that dies before it answers is not told from one that thinks: it would be
        waited for as long as a hung one.
        """
        for process in self.processes:
            process.child_conn.close()

    @override
    def handle_term(self) -> None:
        self._stop_or_keep(signal.SIGTERM, super().handle_term)

    @override
    def handle_int(self) -> None:
        self._stop_or_keep(signal.SIGINT, super().handle_int)

    def _stop_or_keep(self, number: int, stop: Callable[[], None]) -> None:
        """Stop at the first signal, and keep a second one for `join_all`.

        Signals are handled twice a second: of two within that time, the second one would be lost.
        """
        if self.should_exit.is_set():
            self.signal_queue.append(number)
        else:
            stop()

    @override
    def terminate_all(self) -> None:
        super().terminate_all()
        for listener in self.sockets:
            listener.close()  # or who connects when the workers no longer listen would wait for nothing

    @override
    def join_all(self) -> None:
        deadline = monotonic() + self._drain_seconds + LATE_SECONDS
        while alive := [process for process in self.processes if process.process.is_alive()]:
            if self.signal_queue:
                self.signal_queue.clear()
                for process in alive:
                    with suppress(ProcessLookupError):
                        os.kill(process.pid or 0, signal.SIGINT)  # whoever asks twice wants it sooner
            if monotonic() > deadline:
                for process in alive:
                    process.process.kill()
            sleep(0.05)
        super().join_all()
