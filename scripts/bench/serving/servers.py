"""Server processes: start on given cores, check of the answers, and stop of all child processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import httpx
import psutil

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.processes import find_free_port, is_port_in_use
from scripts.console.child_process import child_process

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from scripts.bench.serving.server_candidates import BenchFolders, BenchmarkRequest, ServerCandidate

MARK: Final = "IRIS_BENCH_RUN"
"""Environment variable that marks all processes of a server."""

STARTS_WITHIN_SECONDS: Final = 90.0
STOPS_WITHIN_SECONDS: Final = 10.0


class ServerError(Exception):
    """A server does not start, or gives a wrong answer."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Running server."""

    url: str
    mark: str

    def pss_megabytes(self) -> float:
        """Return the memory of all its processes in megabytes, with shared pages in proportion (PSS)."""
        total = 0
        for process in _marked(self.mark):
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total / 1e6

    def process_ids(self) -> list[int]:
        """Return the ids of all its processes."""
        return [process.pid for process in _marked(self.mark)]


@contextmanager
def running(
    candidate: ServerCandidate, bench: BenchFolders, *, cores: Iterable[int] | None, log: Path
) -> Generator[Server]:
    """Start a server on these cores (None: all), and stop it at the end with all its child processes.

    If another process takes its port before it listens, it is started with another one, twice at most.

    Raises:
        EnvironmentInstallError: It can't be installed.
        ServerError: It does not start, or gives a wrong answer.
    """
    for is_last in (False, False, True):
        port = find_free_port()
        with ExitStack() as stack:
            try:
                server = stack.enter_context(_running_at(port, candidate, bench, cores=cores, log=log))
            except ServerError:
                if is_last or not is_port_in_use(port):
                    raise
                continue
            yield server
            return


@contextmanager
def _running_at(
    port: int, candidate: ServerCandidate, bench: BenchFolders, *, cores: Iterable[int] | None, log: Path
) -> Generator[Server]:
    launch = candidate.launch(bench, port)
    mark = uuid4().hex
    with (
        log.open("wb") as output,
        child_process(
            lambda: subprocess.Popen(  # noqa: S603 (a command of the project's own table)
                launch.command,
                cwd=bench.folder,
                env={**os.environ, "PYTHONPATH": _python_path(candidate), **launch.variables, MARK: mark},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        ) as started,
    ):
        try:
            if cores is not None:
                # Its later child processes inherit the affinity.
                psutil.Process(started.pid).cpu_affinity(list(cores))
            server = Server(url=f"http://127.0.0.1:{port}", mark=mark)
            _wait_for(candidate, server, started, log)
            yield server
        finally:
            _stop(started, mark)


def check(server: Server, request: BenchmarkRequest) -> None:
    """Send a request, and check its answer.

    Raises:
        ServerError: The answer is wrong.
    """
    answer = _send(server, request)
    if not answer.is_success or answer.text.count(request.expected) != request.flowers:
        raise ServerError(f"{request.path} is answered with {answer.status_code}: {answer.text[:200]}")


def _python_path(candidate: ServerCandidate) -> str:
    """Return PYTHONPATH of a server: this project for the two that import it, empty for the others."""
    from scripts.bench.serving.server_candidates import OURS, ROOT

    return str(ROOT) if candidate.name in {OURS, "stock"} else ""


def _send(server: Server, request: BenchmarkRequest) -> httpx.Response:
    headers = {"Content-Type": "application/json"} if request.body else {}
    return httpx.request(
        request.method,
        server.url + request.path,
        content=request.body or None,
        headers=headers,
        timeout=20,
        verify=NO_CERTIFICATES,
    )


def _wait_for(
    candidate: ServerCandidate, server: Server, started: subprocess.Popen[bytes], log: Path
) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    last_answer = ""
    while started.poll() is None and time.monotonic() < end:
        try:
            answer = _send(server, candidate.request)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        # Some listen before their model is loaded, and answer 404 or 503 until then.
        if answer.is_success:
            check(server, candidate.request)
            return
        last_answer = f"{answer.status_code} {answer.text[:200]}"
        time.sleep(0.1)
    logged = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    reason = last_answer or (logged[-1][:200] if logged else "no output")
    raise ServerError(f"it does not start: {reason}")


def _stop(started: subprocess.Popen[bytes], mark: str) -> None:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        for process in _marked(mark):
            try:
                process.send_signal(sent)
            except psutil.NoSuchProcess:
                continue
        _, alive = psutil.wait_procs(_marked(mark), timeout=STOPS_WITHIN_SECONDS)
        if not alive:
            break
    started.wait()


def _marked(mark: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
