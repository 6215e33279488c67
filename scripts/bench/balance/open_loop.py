"""Open-loop load: requests at random moments that are the same in each run, whether or not others wait.

A closed loop, as of `iris capacity`, would send a slow instance's clients fewer requests, and so hide the
waiting that a balancing method causes. The latency of a request begins when it is due.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import httpx

from scripts.bench.load.demand import send_times, steady
from service.iris.definition import EXAMPLE

ROWS: Final = 200
"""Rows of a batch."""

PATH: Final = "/api/v01/classify/batch"
BODY: Final = "\n".join([",".join(EXAMPLE), *[",".join(map(str, EXAMPLE.values()))] * ROWS]).encode()
HEADERS: Final = {"content-type": "text/csv", "accept": "application/json"}

SEED: Final = 1
"""Seed of the moments, which are those of a Poisson process."""

TIMEOUT: Final = 10.0
"""Seconds after which a request counts as an error."""

LIMITS: Final = httpx.Limits(max_connections=None)
"""No limit of connections, as a request would wait for one in the client."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Result of one request."""

    due: float
    """Seconds from the start of the load."""
    seconds: float
    instance: str
    """Instance that answered; empty for an error."""


async def send(client: httpx.AsyncClient, rate: float, seconds: float) -> list[Sample]:
    """Send batches with a client; return a sample of each, when all are answered."""
    started = time.perf_counter()
    samples: list[Sample] = []

    async def request(due: float) -> None:
        instance = ""
        try:
            async with asyncio.timeout(TIMEOUT):
                response = await client.post(PATH, content=BODY, headers=HEADERS)
                instance = response.headers.get("x-served-by", "") if response.is_success else ""
        except (httpx.HTTPError, TimeoutError):
            pass
        samples.append(Sample(due=due, seconds=time.perf_counter() - started - due, instance=instance))

    async with asyncio.TaskGroup() as tasks:
        for due in send_times(steady(rate, seconds), SEED):
            await asyncio.sleep(max(0.0, started + due - time.perf_counter()))
            tasks.create_task(request(due))
    return samples
