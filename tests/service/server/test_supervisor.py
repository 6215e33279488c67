"""Workers as copies of their supervisor, and as new processes where a copy could wait forever."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

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
