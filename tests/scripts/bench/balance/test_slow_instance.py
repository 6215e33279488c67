"""Slow instance: a real service, slowed down on this machine as it is now."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import httpx

from localcloud.health_probe import NO_CERTIFICATES
from scripts.bench.balance import open_loop
from scripts.bench.balance.slow_instance import BATCHES_PER_SECOND, find_running_seconds
from scripts.bench.balance.throttle import PERIOD_SECONDS, throttled
from scripts.cost.capacity.benchmark import start_service

if TYPE_CHECKING:
    import psutil

    from scripts.cost.capacity.benchmark import BenchmarkedService

SECONDS = 1.0
"""Duration of a turn."""

TURNS = 4


async def batches(service: BenchmarkedService, seconds: float) -> int:
    """Return how many batches one client gets answered."""
    answered = 0
    end = time.monotonic() + seconds
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{service.port}", timeout=120, verify=NO_CERTIFICATES
    ) as client:
        while time.monotonic() < end:
            response = await client.post(open_loop.PATH, content=open_loop.BODY, headers=open_loop.HEADERS)
            answered += response.is_success
    return answered


def seconds_of(process: psutil.Process) -> float:
    """Return the processor time of a process."""
    times = process.cpu_times()
    return times.user + times.system


def turn(service: BenchmarkedService, process: psutil.Process) -> tuple[int, float]:
    """Return how many batches are answered in a turn, and the share of the time in which the process runs."""
    before, began = seconds_of(process), time.monotonic()
    answered = asyncio.run(batches(service, SECONDS))
    return answered, (seconds_of(process) - before) / (time.monotonic() - began)


def test_it_runs_for_a_small_share_of_the_time_and_answers_few_requests():
    with start_service() as service:
        process = service.processes[0]
        running = find_running_seconds(process.pid, f"http://127.0.0.1:{service.port}")
        with throttled(process.pid, running):
            turns = [turn(service, process) for _ in range(TURNS)]
    # Its speed depends on what else the machine does, the time that it may run does not. Only if the process
    # that stops it is late, it runs for longer, and answers more: not in every turn.
    assert sum(answered for answered, _ in turns) > 0
    assert min(answered for answered, _ in turns) / SECONDS < 6 * BATCHES_PER_SECOND
    assert min(share for _, share in turns) <= 1.5 * running / PERIOD_SECONDS + 0.01
