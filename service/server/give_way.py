"""Pause of long work, in which the event loop serves other clients.

uvloop accepts one connection in each turn of the event loop. Were work of 4 ms done in every turn, the last
of 100 new connections, perhaps a health check, would wait for 100 times as long. Therefore a pause lasts
until the event loop has nothing else to do, within limits.
"""

from __future__ import annotations

from asyncio import sleep
from time import perf_counter
from typing import Final

OTHERS_SHARE: Final = 3
"""Maximum length of a pause, as a multiple of the time of the work before it. Work goes on in spite of any
number of other requests."""

IDLE_SECONDS: Final = 0.000_025
"""Maximum duration of a turn of the event loop in which it served no client: accepting a connection takes
longer."""


async def give_way(worked_seconds: float) -> None:
    """Pause after so many seconds of work, while the event loop serves other clients."""
    now = perf_counter()
    end = now + OTHERS_SHARE * worked_seconds
    while True:
        started = now
        await sleep(0)
        now = perf_counter()
        if now - started < IDLE_SECONDS or now >= end:
            return
