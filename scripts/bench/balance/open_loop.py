"""Open-loop load: requests at random moments that are the same in each run, whether or not others wait.

A closed loop, as of `iris load`, would send a slow instance's clients fewer requests, and so hide the waiting
that a balancing method causes. The latency of a request begins when it is due.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from service.iris.definition import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS: Final = 200
"""Rows of a batch."""

PATH: Final = "/api/v01/classify/batch"
BODY: Final = "\n".join([",".join(EXAMPLE), *[",".join(map(str, EXAMPLE.values()))] * ROWS]).encode()
HEADERS: Final = {"content-type": "text/csv", "accept": "application/json"}

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


def arrivals(rate: float, seconds: float, seed: int = 1) -> Iterator[float]:
    """Yield the moments of a Poisson process, which are the same for the same arguments."""
    source = random.Random(seed)  # noqa: S311 (the same in each run)
    moment = source.expovariate(rate)
    while moment < seconds:
        yield moment
        moment += source.expovariate(rate)


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
        for due in arrivals(rate, seconds):
            await asyncio.sleep(max(0.0, started + due - time.perf_counter()))
            tasks.create_task(request(due))
    return samples
