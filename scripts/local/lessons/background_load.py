"""Load in the background of a lesson, by the open-loop generator of `iris load`."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import cycle
from typing import TYPE_CHECKING, Final, Self

from scripts.bench.load.demand import send_times, steady
from scripts.bench.load.generator import LoadGenerator, LoadRun
from scripts.bench.load.results import summarize
from scripts.bench.load.target import find_requests, parse_target
from scripts.local.own_address import VISITORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.bench.load.demand import Phase
    from scripts.bench.load.requests import LoadRequest
    from scripts.bench.load.results import LoadResult

MAXIMUM_SECONDS: Final = 600.0
"""Duration of a load that is not stopped before, in seconds."""

CONNECTIONS: Final = 64
TIMEOUT: Final = 5.0
"""Seconds after which a request has failed."""


class BackgroundLoad:
    """Load between the entry and the exit of a `with` block."""

    def __init__(
        self, url: str, phases: Sequence[Phase], requests: Sequence[LoadRequest] | None = None
    ) -> None:
        """Create a load.

        Args:
            url: URL of the service.
            phases: Demand.
            requests: Requests to send in turns; None for the flowers of the data set.

        Raises:
            TargetError: The service does not answer.
        """
        self._target = parse_target(url)
        self._phases = phases
        self._requests = requests or find_requests(self._target, None, VISITORS)
        self._run = LoadRun()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._send()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._run.started and self._thread.is_alive():
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._run.end()
        else:
            self._run.stop()
        self._thread.join()

    @property
    def now(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._run.started

    def between(self, since: float, until: float) -> LoadResult:
        """Return the result of the requests that were due between two moments, in seconds from its start."""
        samples = [it for it in list(self._run.samples) if since <= it.due < until]
        return summarize(self._target.url, "", steady(0.0, until - since), LoadRun(samples))

    async def _send(self) -> None:
        generator = LoadGenerator(self._target, connections=CONNECTIONS, timeout=TIMEOUT, sources=VISITORS)
        await generator.run(
            zip(send_times(self._phases, seed=1), cycle(self._requests), strict=False), self._run
        )


def constant(rate: float) -> list[Phase]:
    """Return a constant demand until it is stopped."""
    return steady(rate, MAXIMUM_SECONDS)
