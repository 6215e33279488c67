"""Starts a server on one core, waits until it answers rightly, and leaves nothing of it behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import httpx
import psutil

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from scripts.bench.serving.candidates import Bench, Contestant, Question

MARK: Final = "IRIS_BENCH_RUN"
"""Variable by which the processes of a server are found, wherever it put them."""

STARTS_WITHIN_SECONDS: Final = 90.0
STOPS_WITHIN_SECONDS: Final = 10.0


class ServerError(Exception):
    """A server does not start, or answers something else than it should."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """One that runs."""

    url: str
    mark: str

    def pss_megabytes(self) -> float:
        """Return its memory: what it shares with others counts in part (PSS)."""
        total = 0
        for process in _marked(self.mark):
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total / 1e6


@contextmanager
def running(
    contestant: Contestant, bench: Bench, *, cores: Iterable[int] | None, log: Path
) -> Generator[Server]:
    """Start a contestant on these cores (None: on all), and stop it in the end, with all that it started.

    Raises:
        EnvironmentFailed: it cannot be installed.
        ServerError: it does not start, or answers wrongly.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    launch = contestant.launch(bench, port)
    mark = uuid4().hex
    with log.open("wb") as lines:
        started = subprocess.Popen(  # noqa: S603 (one of our own table)
            launch.command,
            cwd=bench.folder,
            env=os.environ | launch.variables | {MARK: mark, "PYTHONPATH": _root(contestant)},
            stdout=lines,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if cores is not None:
            # All that it starts from here on inherits this.
            psutil.Process(started.pid).cpu_affinity(list(cores))
        server = Server(url=f"http://127.0.0.1:{port}", mark=mark)
        _wait_for(contestant, server, started, log)
        yield server
    finally:
        _end(started, mark)


def check(server: Server, question: Question) -> None:
    """Ask once.

    Raises:
        ServerError: the answer is wrong.
    """
    answer = _ask(server, question)
    if not answer.is_success or answer.text.count(question.expected) != question.flowers:
        raise ServerError(f"{question.path} is answered {answer.status_code}: {answer.text[:200]}")


def _root(contestant: Contestant) -> str:
    """Let our own program be found from any folder; the others are not to see this project."""
    from scripts.bench.serving.candidates import OURS, ROOT

    return str(ROOT) if contestant.name in {OURS, "stock"} else ""


def _ask(server: Server, question: Question) -> httpx.Response:
    headers = {"Content-Type": "application/json"} if question.body else {}
    return httpx.request(
        question.method,
        server.url + question.path,
        content=question.body or None,
        headers=headers,
        timeout=20,
    )


def _wait_for(contestant: Contestant, server: Server, started: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    said_last = ""
    while started.poll() is None and time.monotonic() < end:
        try:
            answer = _ask(server, contestant.question)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        # Some listen before their model is there, and say 404 or 503 meanwhile.
        if answer.is_success:
            check(server, contestant.question)
            return
        said_last = f"{answer.status_code} {answer.text[:200]}"
        time.sleep(0.1)
    logged = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    reason = said_last or (logged[-1][:200] if logged else "it says nothing")
    raise ServerError(f"it does not start: {reason}")


def _end(started: subprocess.Popen[bytes], mark: str) -> None:
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
