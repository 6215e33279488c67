"""Load of a service at a fixed rate in a process of its own.

A client that waits for its answers would send fewer requests during a fault, and so hide what fails. Nothing
is repeated.
"""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Self, cast

import uvloop

from scripts.bench.load.demand import send_times, steady
from scripts.bench.load.generator import LoadGenerator, LoadRun
from scripts.bench.load.requests import flower_requests
from scripts.bench.load.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from scripts.bench.load.generator import Sample
    from scripts.bench.load.requests import LoadRequest

TIMEOUT: Final = 10.0
"""Seconds after which a client gives up a request, which then counts as failed."""

SEED: Final = 18
"""Seed of the moments at which requests are sent, which are those of a Poisson process."""

MAXIMUM_CONNECTIONS: Final = 8_000
"""Maximum number of connections; more requests wait for one of them."""

COMPLETE_SECONDS: Final = 120.0
"""Maximum seconds to wait for answers that are due, on a machine that is overloaded."""

POLL_INTERVAL: Final = 0.1
"""Seconds between two looks at whether they are complete."""


class LoadEndedError(RuntimeError):
    """Load whose answers do not come."""


class Answer(NamedTuple):
    """Answer to a request, or its failure."""

    due_at: float
    """Time on the monotonic clock at which it was to be sent."""
    seconds: float
    """Time from then until its answer, which includes the wait for a connection."""
    failure: str = ""
    """Reason why it failed: a status, `wrong`, `refused`, `reset` or `timeout`; "" for a right answer."""


class OpenLoad:
    """Load at a rate, between the entry and the exit of a `with` block."""

    def __init__(self, url: str, rate: float) -> None:
        """Create a load of `rate` requests per second to the service at a URL."""
        context = multiprocessing.get_context("spawn")
        self._received, self._sent = context.Pipe(duplex=False)
        self._process = context.Process(target=_send_open, args=(url, rate, self._sent), daemon=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._lock = threading.Lock()
        self._answers: list[Answer] = []
        self._complete_until = float("-inf")

    def __enter__(self) -> Self:
        self._process.start()
        self._sent.close()
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._reader.join()

    def take(self, until: float) -> list[Answer]:
        """Return the answers to requests that were due before a time on the monotonic clock, and forget them.

        They are all there if that time is before `complete_until`.
        """
        with self._lock:
            taken = [answer for answer in self._answers if answer.due_at < until]
            self._answers = [answer for answer in self._answers if answer.due_at >= until]
        return taken

    @property
    def complete_until(self) -> float:
        """Time on the monotonic clock before which every request has its answer, or has failed.

        It follows the present by `TIMEOUT` and a second, or by more if the machine is overloaded.
        """
        with self._lock:
            return self._complete_until

    def wait(self, until: float) -> None:
        """Wait until all requests that were due before a time on the monotonic clock are complete.

        Raises:
            LoadEndedError: they do not become so.
        """
        deadline = time.monotonic() + COMPLETE_SECONDS
        while self.complete_until < until:
            if time.monotonic() > deadline or not self._process.is_alive():
                raise LoadEndedError("the load has ended by itself, or the machine is too slow for it")
            time.sleep(POLL_INTERVAL)

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                complete_until, answers = cast("tuple[float, list[Answer]]", self._received.recv())
                with self._lock:
                    self._complete_until = complete_until
                    self._answers += answers


def longest_outage(answers: Sequence[Answer]) -> float:
    """Return the longest time in seconds without a right answer, between the ends of two; 0 below two."""
    ends = sorted(answer.due_at + answer.seconds for answer in answers if not answer.failure)
    return max((after - before for before, after in itertools.pairwise(ends)), default=0.0)


def requests_at(rate: float, seconds: float) -> Iterator[tuple[float, LoadRequest]]:
    """Return the moments and the requests of a load, in seconds from its start."""
    return zip(send_times(steady(rate, seconds), SEED), itertools.cycle(flower_requests()), strict=False)


def _send_open(url: str, rate: float, sent: Connection) -> None:
    async def run() -> None:
        generator = LoadGenerator(parse_target(url), connections=MAXIMUM_CONNECTIONS, timeout=TIMEOUT)
        await generator.run(requests_at(rate, float("inf")), LoadRun(), report)

    def report(run: LoadRun) -> None:
        samples, run.samples = run.samples, []
        answers = [_answer(run.started, sample) for sample in samples]
        sent.send((run.started + run.complete_until, answers))

    with suppress(BrokenPipeError, KeyboardInterrupt):
        uvloop.run(run())


def _answer(started: float, sample: Sample) -> Answer:
    if sample.verdict == "right":
        failure = ""
    elif sample.verdict == "wrong":
        failure = "wrong"
    elif sample.status:
        failure = str(sample.status)
    elif sample.timed_out:
        failure = "timeout"
    else:
        failure = "reset" if "lost" in sample.problem else "refused"
    return Answer(started + sample.due, sample.ended - sample.due, failure)
