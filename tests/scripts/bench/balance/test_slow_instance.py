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

SECONDS = 4.0


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


def test_it_runs_for_a_small_share_of_the_time_and_answers_few_requests():
    with start_service() as service:
        process = service.processes[0]
        running = find_running_seconds(process.pid, f"http://127.0.0.1:{service.port}")
        with throttled(process.pid, running):
            before, began = seconds_of(process), time.monotonic()
            answered = asyncio.run(batches(service, SECONDS))
            share = (seconds_of(process) - before) / (time.monotonic() - began)
    assert 0 < answered / SECONDS < 6 * BATCHES_PER_SECOND
    # Its speed depends on what else the machine does, the time that it may run does not.
    assert share <= 1.5 * running / PERIOD_SECONDS + 0.01
