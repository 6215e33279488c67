"""Supervisor of several workers on one port: uvicorn's `Multiprocess`, with four faults of its own removed.

Seconds until the service was whole again, or had ended; two workers on two busy vCPU, where importing the
service takes 4 to 10, which uvicorn's workers do and copies of the supervisor need not:

    fault                                             uvicorn's    here
    worker killed                                     6            1 to 2
    worker stopped (SIGSTOP), replaced                22           16 to 19
    worker killed during a health check               19 to 21     1 to 2
    SIGTERM, a grace of 3 s                           4            4
    second SIGTERM, in a grace of 60 s                over 20      1
    worker stops during the shutdown, 4 s to drain    never        9
    worker stopped, SIGTERM handled after             16           0.5

With its supervisor, two workers take 88 MiB (PSS), and 135 MiB as new processes. A stopped worker is replaced
once `timeout_worker_healthcheck` has passed.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import warnings
from contextlib import suppress
from multiprocessing.context import ForkProcess
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import SIGNALS, Multiprocess, Process

from service.server.acceptors import Acceptors
from service.server.draining_server import DrainingServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from uvicorn.config import Config

_LOG: Final = logging.getLogger("service")

LATE_SECONDS: Final = 5.0
"""Time beyond the drain time after which a worker that has not ended is killed."""


_THREADS: Final = Path("/proc/self/task")
"""Threads of this process (Linux), with those that libraries have started without Python."""


def can_fork() -> bool:
    """Return whether a copy of this process can go on: it could wait forever for a thread that it lacks.

    Python's own threads are no such danger here: the only one is that of the log, and a worker begins a log
    of its own. Those of a library are, such as numpy's, and any system library's on macOS.
    """
    return sys.platform == "linux" and len(list(_THREADS.iterdir())) == threading.active_count()


class WorkerCopy(ForkProcess):
    """Process that is a copy of the supervisor, without its signal handlers."""

    @override
    def start(self) -> None:
        """Start the process. A signal that arrives before it has handlers of its own ends it."""
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            # Python 3.12 and later warn of any thread, even of the log's.
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    @override
    def run(self) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        super().run()


class Worker(Process):
    """Process that serves on the shared socket.

    Where that is safe, it is a copy of the supervisor, which has imported the service: it starts in a tenth
    of the time, and shares the memory. Elsewhere it is a new process, which imports the service again.
    """

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
        if can_fork():
            self.process = WorkerCopy(target=self.target, args=(sockets,))

    @override
    def start(self) -> None:
        super().start()
        self.child_conn.close()  # a copy that stayed open would hide the death of the worker

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
        gc.collect()
        gc.freeze()  # a collection would write to the memory that the workers share, and so copy it
        gc.enable()  # `service.main` disables it
        self.processes.extend(self._start_worker() for _ in range(self.processes_num))

    def _start_worker(self) -> Worker:
        worker = Worker(self.config, self.sockets, self._acceptors, report_load=self._report_load)
        worker.start()
        return worker

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
            self.processes[index] = self._start_worker()

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
