"""Workers as copies of their supervisor, and as new processes where a copy could wait forever."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import SIGNALS

from service.server import supervisor as supervisors
from service.server.supervisor import Supervisor
from tests.service.workers import workers_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.service.conftest import RunningService, StartService

UNKNOWN_THREAD = "import _thread, time\n_thread.start_new_thread(time.sleep, (600,))\n"
"""Start of a thread of which `threading` knows nothing, as one of a library written in C."""

COPY_WITH_A_SIGNAL = """
import os, signal, time
from service.server.supervisor import WorkerCopy

signal.signal(signal.SIGTERM, lambda *_: None)
worker = WorkerCopy(target=time.sleep, args=(60,))
worker.start()
os.kill(worker.pid, signal.SIGTERM)
worker.join()
print(worker.exitcode, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


def new_processes(running: RunningService) -> Iterator[bool]:
    """Yield of each worker whether it is a new process rather than a copy of the supervisor."""
    for worker in workers_of(running.process.pid):
        yield "spawn_main" in " ".join(worker.cmdline())


def test_on_linux_workers_are_copies_and_number_their_requests_apart(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_WORKERS="2")
    assert list(new_processes(running)) == [sys.platform != "linux"] * 2
    prefixes: set[str] = set()
    deadline = time.monotonic() + 20
    while len(prefixes) < 2:
        assert time.monotonic() < deadline
        prefixes.add(running.get("/livez").headers["x-request-id"].rpartition("-")[0])
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0


def test_workers_are_new_processes_if_a_library_has_started_threads(
    start_service: StartService, tmp_path: Path
):
    (tmp_path / "sitecustomize.py").write_text(UNKNOWN_THREAD)
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_WORKERS="2", PYTHONPATH=str(tmp_path))
    assert list(new_processes(running)) == [True, True]
    assert running.get("/readyz").status_code == 200
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0


def test_a_signal_ends_a_copy_that_has_just_been_started():
    command = [sys.executable, "-c", COPY_WITH_A_SIGNAL]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout == f"{-signal.SIGTERM} set()\n"


class Worker:
    """Worker of which the test says whether it lives, and answers for it."""

    def __init__(self, pid: int, exitcode: int | None = None) -> None:
        self.pid = pid
        self.exitcode = exitcode
        self.parent_conn, self.child_conn = Pipe()
        self.calls: list[str] = []
        self.process = self

    def is_alive(self) -> bool:
        return self.exitcode is None and "kill" not in self.calls

    def kill(self) -> None:
        self.calls.append("kill")

    def join(self) -> None:
        self.calls.append("join")

    def terminate(self) -> None:
        self.calls.append("terminate")

    def pings(self) -> int:
        """Return the number of pings since the last look, without an answer."""
        number = 0
        while self.child_conn.poll():
            self.child_conn.recv()
            number += 1
        return number


class Watched:
    """Supervisor of workers of the test, on a clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, listener: socket.socket) -> None:
        self.now = 1_000.0
        self.exited: list[int] = []
        self.signals: list[tuple[int, int]] = []
        self.workers = [Worker(7), Worker(8)]
        config = uvicorn.Config("app", timeout_worker_healthcheck=15, workers=2)
        self.supervisor: Any = Supervisor(
            config, listener, drain_seconds=20, on_worker_exit=self.exited.append
        )
        self.supervisor.processes[:] = self.workers
        monkeypatch.setattr(self.supervisor, "_start_worker", lambda: Worker(9))
        monkeypatch.setattr(supervisors, "monotonic", lambda: self.now)
        monkeypatch.setattr(supervisors, "sleep", self.sleep)
        monkeypatch.setattr(os, "kill", self.send)

    def send(self, pid: int, number: int) -> None:
        self.signals.append((pid, number))

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def pids_after_a_look(self) -> list[int]:
        self.supervisor.keep_subprocess_alive()
        return [worker.pid for worker in self.supervisor.processes]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Watched(monkeypatch, listener)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_worker_that_answers_is_pinged_again_and_stays(watched: Watched):
    for _ in range(3):
        assert watched.pids_after_a_look() == [7, 8]
        for worker in watched.workers:
            assert worker.pings() == 1
            worker.child_conn.send(b"pong")
        watched.now += 14.9
    assert watched.exited == []


def test_a_worker_that_does_not_answer_is_replaced_after_the_time_of_the_configuration(watched: Watched):
    silent, answering = watched.workers
    for seconds in (0, 10, 4.9):
        watched.now += seconds
        assert watched.pids_after_a_look() == [7, 8]
        answering.child_conn.send(b"pong")
    assert (silent.pings(), silent.calls) == (1, [])  # one ping until it is answered
    watched.now += 0.1
    assert watched.pids_after_a_look() == [9, 8]
    assert silent.calls == ["kill", "join"]
    assert watched.exited == [7]


def test_a_worker_that_died_is_replaced_at_once(watched: Watched):
    watched.workers[1].exitcode = -signal.SIGKILL
    assert watched.pids_after_a_look() == [7, 9]
    assert watched.exited == [8]
    assert not watched.supervisor.failed


def test_a_worker_that_cannot_start_ends_the_service_as_any_other_could_not(watched: Watched):
    watched.workers[0].exitcode = STARTUP_FAILURE
    assert watched.pids_after_a_look() == [7, 8]
    assert watched.supervisor.should_exit.is_set()
    assert watched.supervisor.failed
    assert watched.exited == []


def test_no_worker_is_replaced_during_the_shutdown(watched: Watched):
    watched.supervisor.handle_term()
    watched.workers[0].exitcode = 0
    assert watched.pids_after_a_look() == [7, 8]


def test_at_the_end_the_socket_is_closed_and_each_worker_is_asked_to_end(watched: Watched):
    watched.supervisor.terminate_all()
    assert [worker.calls for worker in watched.workers] == [["terminate"], ["terminate"]]
    assert [listener.fileno() for listener in watched.supervisor.sockets] == [-1]


@pytest.mark.parametrize("handler", ["handle_term", "handle_int"])
def test_a_second_signal_drops_the_open_requests_of_the_workers_that_live(watched: Watched, handler: str):
    getattr(watched.supervisor, handler)()
    assert watched.supervisor.signal_queue == []
    getattr(watched.supervisor, handler)()
    watched.workers[0].exitcode = 0
    watched.supervisor.join_all()
    assert watched.signals == [(8, signal.SIGINT)]


def test_a_worker_that_does_not_end_is_killed_five_seconds_after_the_drain_time(watched: Watched):
    ended, hanging = watched.workers
    ended.exitcode = 0
    watched.supervisor.join_all()
    assert hanging.calls == ["kill", "join"]
    assert "kill" not in ended.calls
    assert watched.now == pytest.approx(1_025, abs=0.2)
    assert watched.signals == []
