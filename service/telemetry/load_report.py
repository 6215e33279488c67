"""Load of a worker as a response header in the format of ORCA, by which a load balancer can weight instances.

The load is the mean number of requests that wait or are processed: the rate of requests times the time of one
(Little's law), which is the delay of the event loop, sampled at random moments, plus its processor time. A
worker that is slow for a reason outside of it, such as a busy host, shows it by the delay.

It costs a request nothing but the bytes: uvicorn adds its own headers to every response, and renews them once
a second.
"""

from __future__ import annotations

import asyncio
import random
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

HEADER: Final = b"endpoint-load-metrics"
"""Header of ORCA (Open Request Cost Aggregation) in text or JSON; Envoy and gRPC read it."""

MAXIMUM_SAMPLE_SECONDS: Final = 0.05
"""Maximum time between two samples of the delay. It is random, as a fixed one may keep in step with its
cause."""

REPORT_SECONDS: Final = 0.5
"""Time between two reports: each is in the headers of the next second. After one without a request, it is
also the maximum time between two samples."""

SMOOTHING: Final = 0.3
"""Share of the newest report in the smoothed one."""


def load_header(requests_per_second: float, seconds_per_request: float) -> tuple[bytes, bytes]:
    """Return the header for a rate and the mean time of a request.

    A balancer that weights by rate and utilization (`client_side_weighted_round_robin`) divides one by the
    other, and so weights by the inverse of the time. It ignores a report with a zero.
    """
    utilization = requests_per_second * seconds_per_request
    value = f'JSON {{"application_utilization":{utilization:.6f},"rps_fractional":{requests_per_second:.1f}}}'
    return HEADER, value.encode()


class LoadReport:
    """Sampler of one worker's load, which sets the header in uvicorn's configuration."""

    def __init__(self, config: Config, state: ServerState, clock: Callable[[], float] = perf_counter) -> None:
        """Describe the sampler; nothing is started.

        Args:
            config: Configuration whose headers uvicorn adds to each response.
            state: Its counter of requests.
            clock: Time in seconds.
        """
        self._config = config
        self._state = state
        self._clock = clock
        self._other_headers = config.encoded_headers
        self._delays: list[float] = []
        self._maximum_seconds = MAXIMUM_SAMPLE_SECONDS
        self._seconds_per_request = 0.0
        self._since = clock()
        self._cpu_since = process_time()
        self._requests_since = state.total_requests

    def start(self) -> None:
        """Sample until the event loop ends."""
        self._sample_after(asyncio.get_running_loop())

    def _sample_after(self, loop: asyncio.AbstractEventLoop) -> None:
        seconds = random.uniform(0, self._maximum_seconds)  # noqa: S311 (a time, no secret)
        loop.call_later(seconds, self._sample, loop, self._clock() + seconds)

    def _sample(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = self._clock()
        self._delays.append(max(0.0, now - due))
        if now - self._since >= REPORT_SECONDS:
            self._report(now)
        self._sample_after(loop)

    def _report(self, now: float) -> None:
        requests = self._state.total_requests - self._requests_since
        cpu = process_time()
        # A service without requests need not wake up 40 times a second.
        self._maximum_seconds = MAXIMUM_SAMPLE_SECONDS if requests else REPORT_SECONDS
        if requests:
            delay = sum(self._delays) / len(self._delays)
            newest = delay + (cpu - self._cpu_since) / requests
            smoothed = SMOOTHING * newest + (1 - SMOOTHING) * (self._seconds_per_request or newest)
            self._seconds_per_request = smoothed
            header = load_header(requests / (now - self._since), smoothed)
            self._config.encoded_headers = [*self._other_headers, header]
        self._delays.clear()
        self._since, self._cpu_since = now, cpu
        self._requests_since = self._state.total_requests
