"""Bystander: another client's requests for one flower and a load balancer's health checks, with their times.

It runs in a process of its own, so that the work of the attack in this one is not measured. It observes each
of its figures at least once, also if the machine stalls until its end.
"""

from __future__ import annotations

import http.client
import multiprocessing
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import psutil

from scripts.bench.percentile import percentile
from service.iris.examples import BODY

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

    from scripts.bench.abuse.attack import Target

FLOWER_SECONDS: Final = 0.01
"""Interval of the requests for one flower."""

HEALTH_SECONDS: Final = 0.1
"""Interval of the health checks."""

MEMORY_SECONDS: Final = 0.05
"""Interval of the samples of the memory."""

ANSWER_SECONDS: Final = 60.0
"""Maximum time of an answer; a later one counts as one that took so long."""


@dataclass(kw_only=True)
class Observation:
    """Measurements of the bystander."""

    flower_seconds: list[float] = field(default_factory=list[float])
    """Time of each request for one flower, from the moment at which it was due."""
    health_seconds: list[float] = field(default_factory=list[float])
    failed: int = 0
    """Number of requests and health checks without status 200."""
    peak_bytes: int = 0
    """Maximum of the resident memory (RSS) of the service's processes."""

    @property
    def p99_ms(self) -> float:
        """99th percentile of the requests for one flower."""
        return round(1_000 * percentile(self.flower_seconds, 0.99), 1)

    @property
    def slowest_health_ms(self) -> float:
        """Time of the slowest health check."""
        return round(1_000 * max(self.health_seconds, default=0.0), 1)


@contextmanager
def watching(target: Target, processes: Sequence[int]) -> Generator[Callable[[], Observation]]:
    """Watch a service; the yielded function ends that, and returns what was observed."""
    context = multiprocessing.get_context("spawn")
    done = context.Event()
    received, sent = context.Pipe(duplex=False)
    watcher = context.Process(target=_watch, args=(target, processes, done, sent), daemon=True)
    watcher.start()
    received.recv()  # it has begun

    def finish() -> Observation:
        done.set()
        observation: Observation = received.recv()
        return observation

    try:
        yield finish
    finally:
        done.set()
        watcher.join(ANSWER_SECONDS)


def _watch(target: Target, processes: Sequence[int], done: Event, sent: Connection) -> None:
    observation = Observation()
    threads = (
        threading.Thread(target=_send_flowers, args=(target, observation, done)),
        threading.Thread(target=_check_health, args=(target, observation, done)),
        threading.Thread(target=_sample_memory, args=(processes, observation, done)),
    )
    for thread in threads:
        thread.start()
    sent.send(None)
    for thread in threads:
        thread.join()
    sent.send(observation)


def _send_flowers(target: Target, observation: Observation, done: Event) -> None:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=ANSWER_SECONDS)
    headers = {"Content-Type": "application/json"}
    due = time.perf_counter()
    while True:
        observation.failed += not _send(connection, "POST", "/api/v01/classify", BODY, headers)
        # A request that is late because the one before took long is as late for its client.
        observation.flower_seconds.append(time.perf_counter() - due)
        if done.is_set():
            break
        due += FLOWER_SECONDS
        time.sleep(max(0.0, due - time.perf_counter()))
    connection.close()


def _check_health(target: Target, observation: Observation, done: Event) -> None:
    while True:
        started = time.perf_counter()
        connection = http.client.HTTPConnection(target.host, target.port, timeout=ANSWER_SECONDS)
        observation.failed += not _send(connection, "GET", "/readyz", None, {})
        connection.close()
        observation.health_seconds.append(time.perf_counter() - started)
        if done.wait(HEALTH_SECONDS):
            break


def _send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
) -> bool:
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
    return response.status == http.client.OK


def _sample_memory(processes: Sequence[int], observation: Observation, done: Event) -> None:
    sampled = [psutil.Process(process) for process in processes]
    while True:
        total = 0
        for process in sampled:
            try:
                total += process.memory_info().rss
            except psutil.Error:
                continue
        observation.peak_bytes = max(observation.peak_bytes, total)
        if done.wait(MEMORY_SECONDS):
            break
