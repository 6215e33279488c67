"""Supervisor of several workers on one port: uvicorn's `Multiprocess`, with four faults of its own removed.

Seconds until the service was whole again, or had ended; two workers under load, on two busy vCPU, of which
starting a worker takes 4 to 10:

    fault                                             uvicorn's    here
    worker killed                                     6            7 to 10
    worker stopped (SIGSTOP), replaced                22           21 to 24
    worker killed during a health check               19 to 21     4 to 8
    SIGTERM, a grace of 3 s                           4            4
    second SIGTERM, in a grace of 60 s                over 20      1
    worker stops during the shutdown, 4 s to drain    never        9
    worker stopped, SIGTERM handled after             16           0.5

A worker takes 40 MiB either way (PSS). A stopped worker is replaced once `timeout_worker_healthcheck` has
passed.
"""

from __future__ import annotations

import logging
import os
import signal
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from service.server.acceptors import Acceptors
from service.server.draining_server import DrainingServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from uvicorn.config import Config

_LOG: Final = logging.getLogger("service")

LATE_SECONDS: Final = 5.0
"""Time beyond the drain time after which a worker that has not ended is killed."""


class Worker(Process):
    """Process that serves on the shared socket."""

    def __init__(
        self, config: Config, sockets: list[socket], acceptors: Acceptors, *, report_load: bool
    ) -> None:
        """Create the process.

        Args:
            config: Configuration of the server.
            sockets: Sockets that all workers share.
            acceptors: Processes that accept connections of these sockets.
            report_load: Report the load in each response.
        """
        self._report_load = report_load
        self._acceptors = acceptors  # before the process is made, which takes a copy of this object with it
        super().__init__(config, sockets)

    @property
    @override
    def server(self) -> DrainingServer:
        if not isinstance(self._server, DrainingServer):
            self._server = DrainingServer(
                self.config, leave=self._acceptors.leave, report_load=self._report_load
            )
        return self._server


class Supervisor(Multiprocess):
    """Parent process that starts the workers, replaces dead ones, and forwards signals."""

    def __init__(
        self,
        config: Config,
        listener: socket,
        *,
        drain_seconds: float,
        on_worker_exit: Callable[[int], object],
        report_load: bool = False,
    ) -> None:
        """Create the supervisor.

        Args:
            config: Configuration of each worker, with their number.
            listener: Socket that the workers share.
            drain_seconds: Time within which a worker ends after SIGTERM.
            on_worker_exit: Called with the process id of a worker that died and is replaced.
            report_load: Report the load of each worker in its responses.
        """
        super().__init__(config, [listener])
        self._acceptors = Acceptors()
        self._drain_seconds = drain_seconds
        self._on_worker_exit = on_worker_exit
        self._report_load = report_load
        self._unanswered: dict[Process, float] = {}
        """Worker -> time of its last ping, until it answers."""

    @property
    def failed(self) -> bool:
        """True if a worker failed to start, as any other one would."""
        return any(process.exitcode == STARTUP_FAILURE for process in self.processes)

    @override
    def init_processes(self) -> None:
        for _ in range(self.processes_num):
            self.processes.append(
                Worker(self.config, self.sockets, self._acceptors, report_load=self._report_load)
            )
            self.processes[-1].start()
        self._close_worker_ends()

    @override
    def keep_subprocess_alive(self) -> None:
        """Replace the workers that have died or hang, without waiting: signals must be handled meanwhile."""
        if self.should_exit.is_set():
            return
        for index, process in enumerate(self.processes):
            if self._is_healthy(process):
                continue
            process.kill()
            process.join()
            self._unanswered.pop(process, None)
            if process.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            if process.pid is not None:
                self._on_worker_exit(process.pid)
            _LOG.error("worker %s died, and is replaced", process.pid)
            self.processes[index] = Worker(
                self.config, self.sockets, self._acceptors, report_load=self._report_load
            )
            self.processes[index].start()
        self._close_worker_ends()

    def _is_healthy(self, process: Process) -> bool:
        """Return whether a worker lives and has answered the last ping in time, and send it the next one."""
        if not process.process.is_alive():
            return False
        try:
            if process.parent_conn.poll():
                process.parent_conn.recv()
                self._unanswered.pop(process, None)
            if process not in self._unanswered:
                self._unanswered[process] = monotonic()
                process.parent_conn.send(b"ping")
        except (OSError, EOFError):
            return False
        return monotonic() - self._unanswered[process] < self.config.timeout_worker_healthcheck

    def _close_worker_ends(self) -> None:
        """Close the parent's copy of each worker's end of the pipe, which would stay open after its death."""
        for process in self.processes:
            process.child_conn.close()

    @override
    def handle_term(self) -> None:
        self._stop_or_queue(signal.SIGTERM, super().handle_term)

    @override
    def handle_int(self) -> None:
        self._stop_or_queue(signal.SIGINT, super().handle_int)

    def _stop_or_queue(self, number: int, stop: Callable[[], None]) -> None:
        """Stop at the first signal, and queue a second one for `join_all`.

        Signals are handled twice a second, and the second one within that time would be lost.
        """
        if self.should_exit.is_set():
            self.signal_queue.append(number)
        else:
            stop()

    @override
    def terminate_all(self) -> None:
        self._acceptors.leave()  # no worker is replaced any more
        super().terminate_all()
        for listener in self.sockets:
            listener.close()  # while it is open, clients connect to a socket that no worker reads

    @override
    def join_all(self) -> None:
        deadline = monotonic() + self._drain_seconds + LATE_SECONDS
        while alive := [process for process in self.processes if process.process.is_alive()]:
            if self.signal_queue:
                self.signal_queue.clear()
                for process in alive:
                    with suppress(ProcessLookupError):
                        os.kill(process.pid or 0, signal.SIGINT)  # a second signal drops open requests
            if monotonic() > deadline:
                for process in alive:
                    process.process.kill()
            sleep(0.05)
        super().join_all()
