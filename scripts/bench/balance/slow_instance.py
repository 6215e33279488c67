"""Slow instance: stopped for so much of the time that it gets through few batches.

How many it gets through in a few milliseconds depends on the machine: after a stop, its memory is no longer
in the processor's caches. So the length of each run is found by trying.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import httpx

from localcloud.provisioning.interruption import run_interruptible
from scripts.bench.balance import open_loop
from scripts.bench.balance.throttle import PERIOD_SECONDS, RUNNING_SECONDS, throttled

BATCHES_PER_SECOND: Final = 5.0
"""Batches that it gets through: less than a quarter of the load, which is its share by round robin."""

TRIAL_SECONDS: Final = 2.0

STEP: Final = 1.12
"""Ratio of the lengths of two trials."""

CLIENTS: Final = 4
"""Number of clients, each with one batch at a time."""


def find_running_seconds(pid: int, url: str) -> float:
    """Return the seconds of each run after which a throttled instance is as slow as it should be.

    Args:
        pid: process of the instance.
        url: its URL.
    """
    running = RUNNING_SECONDS
    while running < PERIOD_SECONDS / 2:
        with throttled(pid, running):
            answered = run_interruptible(_answered(url))
        if answered >= BATCHES_PER_SECOND * TRIAL_SECONDS:
            break
        running *= STEP
    return running


async def _answered(url: str) -> int:
    """Return the number of batches that are answered in a trial."""
    answered = 0

    async def send(client: httpx.AsyncClient) -> None:
        nonlocal answered
        while True:
            response = await client.post(open_loop.PATH, content=open_loop.BODY, headers=open_loop.HEADERS)
            answered += response.is_success

    async with httpx.AsyncClient(base_url=url, timeout=open_loop.TIMEOUT, trust_env=False) as client:
        with suppress(TimeoutError):
            async with asyncio.timeout(TRIAL_SECONDS):
                await asyncio.gather(*(send(client) for _ in range(CLIENTS)))
    return answered
