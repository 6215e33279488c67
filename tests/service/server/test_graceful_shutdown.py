"""Graceful shutdown: announcement, grace, open requests, exit status 0; and the supervisor of the workers."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from service.main import WORKER_HEALTHCHECK_SECONDS
from service.server import graceful_shutdown
from service.server.graceful_shutdown import GracefulShutdown
from tests.service.conftest import NO_TLS
from tests.service.workers import workers_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.service.conftest import RunningService, StartService

FLOWER = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'
SETOSA = b'{"specie":"Iris Setosa"}'
CLASSIFY = "/api/v01/classify/1.4/0.2/5.1/3.5"
HEAD = (
    b"POST /api/v01/classify HTTP/1.1\r\nhost: x\r\n"
    b"content-type: application/json\r\ncontent-length: 37\r\n\r\n"
)


def connect(running: RunningService) -> socket.socket:
    url = urlsplit(running.url)
    return socket.create_connection((url.hostname or "", url.port or 0), timeout=20)


def received_until_closed(connection: socket.socket) -> bytes:
    received = bytearray()
    while chunk := connection.recv(65_536):
        received += chunk
    return bytes(received)


def wait_until(happened: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_draining(running: RunningService, workers: int = 1) -> None:
    """Wait until every worker has handled SIGTERM, which reaches one after the other."""
    wait_until(lambda: running.log.read_text().count("shutting down on SIGTERM") >= workers)


def wait_for_health_checks(running: RunningService) -> None:
    """Wait until the supervisor has sent a ping to each worker, as it does whenever it wakes up."""
    supervisor = psutil.Process(running.process.pid)
    before: int = supervisor.num_ctx_switches().voluntary
    wait_until(lambda: supervisor.num_ctx_switches().voluntary >= before + 3)


def ends_within(running: RunningService, seconds: float) -> None:
    assert running.process.wait(timeout=seconds) == 0
    assert "Traceback" not in running.log.read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_during_the_grace_it_serves_requests_but_is_not_ready_and_closes_connections(
    start_service: StartService, workers: int
):
    # A second signal ends the grace, so that a busy machine has enough time before.
    running = start_service(IRIS_GRACE_SECONDS="60", IRIS_DRAIN_SECONDS="90", IRIS_WORKERS=str(workers))
    with httpx.Client(base_url=running.url, trust_env=False, timeout=20, verify=NO_TLS) as existing:
        assert "connection" not in existing.get("/livez").headers
        # systemd signals each process of a service.
        for process in workers_of(running.process.pid):
            process.terminate()
        running.process.send_signal(signal.SIGTERM)
        wait_until_draining(running, workers)
        if workers > 1:
            wait_for_health_checks(running)  # until the supervisor has sent them the second signal
        ready = existing.get("/readyz")  # on the connection that was there before
        assert (ready.status_code, ready.headers["retry-after"]) == (503, "1")
        assert ready.headers["connection"] == "close"
        for _ in range(3):
            fresh = running.get(CLASSIFY)
            assert (fresh.content, fresh.headers["connection"]) == (SETOSA, "close")
            assert running.get("/livez").status_code == 200
            assert running.get("/readyz").status_code == 503
    running.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not_listening(running))
    ends_within(running, 10)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_grace_takes_as_long_as_configured(start_service: StartService, workers: int):
    running = start_service(IRIS_GRACE_SECONDS="2", IRIS_DRAIN_SECONDS="20", IRIS_WORKERS=str(workers))
    started = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not_listening(running))
    assert time.monotonic() > started + 2
    ends_within(running, 20)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_that_has_begun_to_arrive_is_still_answered_but_no_connection_is_accepted(
    start_service: StartService, workers: int
):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_DRAIN_SECONDS="60", IRIS_WORKERS=str(workers))
    with closing(connect(running)) as half, closing(connect(running)) as later:
        half.sendall(HEAD[:20])
        later.sendall(HEAD + FLOWER[:5])
        assert running.get("/livez").status_code == 200
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not_listening(running))
        half.sendall(HEAD[20:] + FLOWER)
        later.sendall(FLOWER[5:])
        for connection in (half, later):
            received = received_until_closed(connection)
            assert received.startswith(b"HTTP/1.1 200")
            assert b"connection: close" in received
            assert received.endswith(SETOSA)
    ends_within(running, 10)


def not_listening(running: RunningService) -> bool:
    try:
        connect(running).close()
    except OSError:
        return True
    return False


def test_an_endless_request_does_not_delay_the_end(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_DRAIN_SECONDS="2")
    with closing(connect(running)) as stuck:
        stuck.sendall(HEAD + FLOWER[:5])
        assert running.get("/livez").status_code == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=6) == 0


def test_the_grace_is_a_part_of_the_time_to_drain(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="6", IRIS_DRAIN_SECONDS="7")
    with closing(connect(running)) as stuck:
        stuck.sendall(HEAD + FLOWER[:5])
        assert running.get("/livez").status_code == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=7 + 5) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_ends_the_grace(start_service: StartService, workers: str):
    running = start_service(IRIS_GRACE_SECONDS="60", IRIS_DRAIN_SECONDS="90", IRIS_WORKERS=workers)
    running.process.send_signal(signal.SIGTERM)
    wait_until_draining(running, int(workers))
    running.process.send_signal(signal.SIGTERM)
    ends_within(running, 10)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_right_after_the_first_ends_the_grace_too(start_service: StartService, workers: str):
    running = start_service(IRIS_GRACE_SECONDS="60", IRIS_DRAIN_SECONDS="90", IRIS_WORKERS=workers)
    running.process.send_signal(signal.SIGTERM)
    running.process.send_signal(signal.SIGINT)  # of two SIGTERM at once, the kernel may make one
    ends_within(running, 10)


def test_ctrl_c_has_no_grace(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="60", IRIS_DRAIN_SECONDS="90")
    running.process.send_signal(signal.SIGINT)
    ends_within(running, 10)


def test_a_second_ctrl_c_drops_open_requests(start_service: StartService):
    running = start_service(IRIS_DRAIN_SECONDS="90")
    with closing(connect(running)) as stuck:
        stuck.sendall(HEAD + FLOWER[:5])
        assert running.get("/livez").status_code == 200
        running.process.send_signal(signal.SIGINT)
        wait_until(lambda: not_listening(running))
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=10) == 0


def test_workers_do_not_outlive_a_parent_that_was_killed(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_WORKERS="2")
    assert running.get("/readyz").status_code == 200
    family = psutil.Process(running.process.pid).children(recursive=True)
    running.process.kill()
    _, left = psutil.wait_procs(family, timeout=10)
    assert not left


def test_a_worker_that_dies_during_a_health_check_is_replaced_at_once(
    start_service: StartService,
):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_WORKERS="2")
    one = next(iter(workers_of(running.process.pid)))
    one.suspend()
    wait_for_health_checks(running)
    one.kill()  # during a health check, which has WORKER_HEALTHCHECK_SECONDS
    wait_until(
        lambda: one not in workers_of(running.process.pid) and len(workers_of(running.process.pid)) == 2,
        WORKER_HEALTHCHECK_SECONDS / 3,
    )


def test_a_dead_worker_is_replaced_unless_workers_can_no_longer_start(
    start_service: StartService, predictors_folder: Path, tmp_path: Path
):
    folder = shutil.copytree(predictors_folder, tmp_path / "predictors")
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_WORKERS="2", IRIS_PREDICTORS=str(folder))
    assert running.get("/readyz").status_code == 200
    before = workers_of(running.process.pid)
    next(iter(before)).kill()
    wait_until(
        lambda: len(workers_of(running.process.pid)) == 2 and workers_of(running.process.pid) != before
    )
    # The other worker serves meanwhile; the new one reads the predictors until then.
    wait_until(lambda: running.log.read_text().count("Application startup complete") == 3)
    assert all(running.get(CLASSIFY).content == SETOSA for _ in range(10))
    shutil.rmtree(folder)
    next(iter(workers_of(running.process.pid))).kill()
    assert running.process.wait(timeout=30) == 1
    assert "there is no predictor" in running.log.read_text()
    assert "Traceback" not in running.log.read_text()


def test_a_worker_that_hangs_at_the_end_is_killed_after_its_drain_time(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_DRAIN_SECONDS="1", IRIS_WORKERS="2")
    assert running.get("/readyz").status_code == 200
    hung = next(iter(workers_of(running.process.pid)))
    hung.suspend()
    signalled = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    ends_within(running, 16)
    assert time.monotonic() > signalled + 1 + 5  # workers that are only late end by themselves meanwhile
    assert not hung.is_running()


def test_a_signal_is_handled_while_a_worker_hangs_in_a_health_check(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="60", IRIS_DRAIN_SECONDS="90", IRIS_WORKERS="2")
    assert running.get("/readyz").status_code == 200
    hung, other = workers_of(running.process.pid)
    hung.suspend()
    wait_for_health_checks(running)
    signalled = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGINT):  # the second one ends the grace
        running.process.send_signal(number)
    other.wait(timeout=WORKER_HEALTHCHECK_SECONDS - 5)
    assert time.monotonic() < signalled + WORKER_HEALTHCHECK_SECONDS - 5
    hung.kill()
    ends_within(running, 10)


def test_a_request_on_its_way_during_the_shutdown_is_still_answered(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="0")
    with closing(connect(running)) as fresh, closing(connect(running)) as idle:
        idle.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        received = b""
        while not received.endswith(b"}"):
            received += idle.recv(65_536)
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not_listening(running))
        for connection in (fresh, idle):
            connection.sendall(HEAD + FLOWER)
            received = received_until_closed(connection)
            assert received.startswith(b"HTTP/1.1 200")
            assert b"connection: close" in received
    ends_within(running, 10)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_connection_is_reset_under_load(start_service: StartService, workers: str):
    running = start_service(IRIS_GRACE_SECONDS="1", IRIS_WORKERS=workers)
    for _ in range(20):
        assert running.get("/readyz").status_code == 200
    with ThreadPoolExecutor(8) as pool:
        answered = [0] * 8
        loads = [pool.submit(answers_until_refused, running, answered, load) for load in range(8)]
        wait_until(lambda: all(answered))
        running.process.send_signal(signal.SIGTERM)
        for load in loads:
            load.result(timeout=30)
    ends_within(running, 20)


def test_the_other_workers_take_new_connections_when_one_alone_is_stopped(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_WORKERS="2")
    assert running.get("/readyz").status_code == 200
    stopped = next(iter(workers_of(running.process.pid)))
    stopped.terminate()
    stopped.wait(timeout=20)
    for _ in range(20):
        with closing(connect(running)) as connection:
            connection.sendall(HEAD + FLOWER)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    running.process.send_signal(signal.SIGTERM)
    ends_within(running, 20)


def test_workers_in_their_grace_take_new_connections_after_another_one_has_ended(
    start_service: StartService,
):
    running = start_service(IRIS_GRACE_SECONDS="60", IRIS_DRAIN_SECONDS="90", IRIS_WORKERS="2")
    assert running.get("/readyz").status_code == 200
    running.process.send_signal(signal.SIGTERM)
    wait_until_draining(running, 2)
    first = next(iter(workers_of(running.process.pid)))
    first.send_signal(signal.SIGINT)
    first.wait(timeout=20)
    for _ in range(20):
        assert running.get("/livez").status_code == 200
    running.process.send_signal(signal.SIGTERM)
    ends_within(running, 20)


def answers_until_refused(running: RunningService, answered: list[int], load: int) -> None:
    """Send requests, count their responses in a place of the list, and connect again after each that closes.

    Raises:
        OSError: A connection was reset.
    """
    connection: socket.socket | None = None
    while True:
        if connection is None:
            try:
                connection = connect(running)
            except ConnectionRefusedError:
                return
        connection.sendall(HEAD + FLOWER)
        received = b""
        while not received.endswith(SETOSA):
            part = connection.recv(65_536)
            assert part, "closed without a response"
            received += part
        answered[load] += 1
        if b"connection: close" in received:
            connection.close()
            connection = None


class Steps:
    """Shutdown whose steps a test takes, with what the server and the others learn of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, grace_seconds: float, *, is_worker: bool) -> None:
        parent = SimpleNamespace(pid=os.getppid()) if is_worker else None
        monkeypatch.setattr(graceful_shutdown.multiprocessing, "parent_process", lambda: parent)
        self.learned: list[str] = []
        self.shutdown = GracefulShutdown(
            lambda: self.learned.append("announced"), grace_seconds=grace_seconds
        )
        self._monkeypatch = monkeypatch

    async def take(self, *steps: int | Callable[[], object]) -> list[str]:
        """Run the steps, signals or others, with the server's own handlers in place.

        A second passes after them, and no time between them: on a busy machine, the grace could end there.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._monkeypatch.setattr(loop, "time", lambda: now)
        handlers = {number: signal.getsignal(number) for number in graceful_shutdown.SIGNALS}
        try:
            for number in handlers:
                signal.signal(number, lambda number, _: self.learned.append(signal.Signals(number).name))
            self.shutdown.install()
            for step in steps:
                if isinstance(step, int):
                    signal.raise_signal(step)
                else:
                    step()
                await asyncio.sleep(0)  # a handler only wakes the event loop
                await asyncio.sleep(0)
            now += 1
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return self.learned


TERM, INT = signal.SIGTERM, signal.SIGINT


@pytest.mark.parametrize("is_worker", [False, True])
@pytest.mark.parametrize(
    ("grace_seconds", "signals", "alone", "worker"),
    [
        (60, [TERM], ["announced"], ["announced"]),
        (0.01, [TERM], ["announced", "SIGTERM"], ["announced", "SIGTERM"]),
        (0, [TERM], ["announced", "SIGTERM"], ["announced", "SIGTERM"]),
        (60, [INT], ["announced", "SIGINT"], ["announced", "SIGINT"]),
        # A worker gets SIGTERM twice: from its supervisor, and from systemd.
        (60, [TERM, TERM], ["announced", "SIGTERM"], ["announced"]),
        (60, [TERM, INT], ["announced", "SIGINT"], ["announced", "SIGINT"]),
        (0.01, [TERM, INT], ["announced", "SIGINT"], ["announced", "SIGINT"]),  # and no SIGTERM after it
        (60, [INT, INT], ["announced", "SIGINT", "SIGINT"], ["announced", "SIGINT", "SIGINT"]),
    ],
)
def test_the_server_learns_of_a_signal_after_the_announcement_and_the_grace(
    monkeypatch: pytest.MonkeyPatch,
    grace_seconds: float,
    signals: list[int],
    alone: list[str],
    worker: list[str],
    *,
    is_worker: bool,
):
    steps = Steps(monkeypatch, grace_seconds, is_worker=is_worker)
    assert asyncio.run(steps.take(*signals)) == (worker if is_worker else alone)


def test_a_worker_without_its_parent_begins_to_end_once(monkeypatch: pytest.MonkeyPatch):
    steps = Steps(monkeypatch, 0, is_worker=True)
    look = steps.shutdown.check_parent
    assert asyncio.run(steps.take(look)) == []
    monkeypatch.setattr(os, "getppid", os.getpid)  # another one adopts it: init may be the parent already
    assert asyncio.run(steps.take(look, look, look)) == ["announced", "SIGTERM"]


def test_a_service_without_a_supervisor_does_not_look_for_a_parent(monkeypatch: pytest.MonkeyPatch):
    steps = Steps(monkeypatch, 0, is_worker=False)
    monkeypatch.setattr(os, "getppid", os.getpid)
    assert asyncio.run(steps.take(steps.shutdown.check_parent)) == []
