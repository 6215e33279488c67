"""File limits of the service and its workers: one file per connection, and a reserve."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import psutil
import pytest

from service.main import SPARE_FILES
from service.server.connection_timeouts import RESERVED_CONNECTIONS
from tests.service.conftest import LISTENING
from tests.service.workers import workers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

ROOT: Final = Path(__file__).resolve().parents[3]

LIMITED: Final = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
os.execv(sys.executable, [sys.executable, "-m", "service.main"])
"""
"""Program that starts the service with a soft and a hard limit, as a shell does after `ulimit`."""

Limits = tuple[int, int]


@pytest.fixture
def start_limited(environment: dict[str, str]) -> Generator[Callable[..., tuple[int, str]]]:
    """Start a service with a soft and a hard limit; return its process id and its URL."""
    started: list[subprocess.Popen[str]] = []

    def start(soft: int, hard: int, **variables: str) -> tuple[int, str]:
        process = subprocess.Popen(
            [sys.executable, "-c", LIMITED, str(soft), str(hard)],
            cwd=ROOT,
            env=environment | {"IRIS_GRACE_SECONDS": "0"} | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr is not None
        while not (listening := LISTENING.search(line := process.stderr.readline())):
            assert line
        return process.pid, listening[1]

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def limits_of(start_limited: Callable[..., tuple[int, str]]) -> Callable[..., list[Limits]]:
    """Start a service with a soft and a hard limit; return those of it and its workers."""

    def start(soft: int, hard: int, **variables: str) -> list[Limits]:
        pid, _ = start_limited(soft, hard, **variables)
        workers = int(variables.get("IRIS_WORKERS", "1")) - 1
        return [one.rlimit(psutil.RLIMIT_NOFILE) for one in family(pid, workers)]

    return start


def family(pid: int, workers: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    deadline = time.monotonic() + 20
    while len(found := workers_of(pid)) < workers:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return [parent, *found]


# A service without connections has about 30 files open: its log, metrics, sockets, pipes and event loop.
def test_there_are_files_for_the_connections_of_health_checks_and_for_the_service_itself():
    assert SPARE_FILES >= RESERVED_CONNECTIONS + 2 * 30


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_limit_below_the_need_of_connections_is_raised_for_every_worker(
    limits_of: Callable[..., list[Limits]], workers: str
):
    needed = 400 + SPARE_FILES
    found = limits_of(256, 1024, IRIS_MAX_CONNECTIONS="400", IRIS_WORKERS=workers)
    assert found == [(needed, 1024)] * len(found)


def test_it_is_raised_up_to_the_hard_limit(limits_of: Callable[..., list[Limits]]):
    assert limits_of(256, 300, IRIS_MAX_CONNECTIONS="400") == [(300, 300)]


def test_a_sufficient_limit_stays(limits_of: Callable[..., list[Limits]]):
    assert limits_of(900, 1024, IRIS_MAX_CONNECTIONS="400") == [(900, 1024)]


def test_at_the_maximum_of_connections_every_client_is_answered(
    start_limited: Callable[..., tuple[int, str]],
):
    _, address = start_limited(64, 1024, IRIS_MAX_CONNECTIONS="200")
    url = urlsplit(address)
    with ExitStack() as stack:
        for _ in range(200):
            client = stack.enter_context(socket.create_connection((url.hostname, url.port), timeout=20))
            client.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            assert client.recv(65_536).startswith(b"HTTP/1.1 200")
