"""Slow instance: a real service, slowed down on this machine as it is now."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import httpx

from localcloud.health_probe import NO_CERTIFICATES
from scripts.bench.balance import open_loop
from scripts.bench.balance.slow_instance import BATCHES_PER_SECOND, find_running_seconds
from scripts.bench.balance.throttle import PERIOD_SECONDS, RUNNING_SECONDS, throttled
from scripts.cost.capacity.benchmark import start_service

if TYPE_CHECKING:
    from scripts.cost.capacity.benchmark import BenchmarkedService


def batches_per_second(service: BenchmarkedService, running: float | None, seconds: float) -> float:
    """Return how many batches one client gets answered per second."""

    async def send() -> int:
        answered = 0
        end = time.monotonic() + seconds
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{service.port}", timeout=20, verify=NO_CERTIFICATES
        ) as client:
            while time.monotonic() < end:
                response = await client.post(
                    open_loop.PATH, content=open_loop.BODY, headers=open_loop.HEADERS
                )
                answered += response.is_success
        return answered

    if running is None:
        return asyncio.run(send()) / seconds
    with throttled(service.processes[0].pid, running):
        return asyncio.run(send()) / seconds


def test_it_is_much_slower_than_the_others_but_answers():
    with start_service() as service:
        running = find_running_seconds(service.processes[0].pid, f"http://127.0.0.1:{service.port}")
        assert RUNNING_SECONDS <= running < PERIOD_SECONDS
        free = batches_per_second(service, None, seconds=1)
        slow = batches_per_second(service, running, seconds=4)
    assert 0 < slow < 6 * BATCHES_PER_SECOND < free
