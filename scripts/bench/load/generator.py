"""Open-loop load generator: sends each request when it is due, whether or not others are answered."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scripts.bench.load.connection_pool import ConnectionPool
from scripts.bench.load.http_connection import ConnectionLostError, HttpConnection
from scripts.bench.load.target import tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

    from scripts.bench.load.requests import LoadRequest
    from scripts.bench.load.target import Target

Verdict: TypeAlias = Literal["right", "wrong", "failed"]
"""Right answer; a response with another body; no response, or one with another status."""

SLICE_SECONDS: Final = 0.1
"""Maximum seconds until the end of a load that is interrupted between two requests."""

INTERRUPTED_SECONDS: Final = 1.0
"""Seconds for the last responses of a load that is interrupted."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Result of one request."""

    due: float
    """Seconds from the start of the load to the moment at which it was to be sent."""
    sent: float | None
    """Seconds from the start to the moment at which it was sent, later if the generator or all connections
    were busy; None if that was too late."""
    ended: float
    verdict: Verdict
    status: int = 0
    """Status of the response; 0 without one."""
    served_by: str = ""
    """Name of the instance that answered."""
    problem: str = ""
    """Reason of a failure, or the wrong answer."""
    timed_out: bool = False


@dataclass
class LoadRun:
    """Course of a load, which other threads may read and stop."""

    samples: list[Sample] = field(default_factory=list[Sample])
    started: float = 0.0
    """Time of `time.monotonic` at its start."""
    is_stopping: bool = False
    unanswered: int = 0
    """Requests without a response when the load was interrupted."""
    bad: int = 0
    """Requests that failed or had a wrong answer."""
    outstanding: dict[int, float] = field(default_factory=dict[int, float])
    """Moments of the requests that are not answered yet, earliest first, by number."""
    is_ending: bool = False
    reached: float = 0.0
    """Moment of the latest request, in seconds from the start."""

    @property
    def complete_until(self) -> float:
        """Moment in seconds from the start before which every request has a sample."""
        return next(iter(self.outstanding.values()), self.reached)

    def add(self, sample: Sample) -> None:
        """Append a sample."""
        self.samples.append(sample)
        self.bad += sample.verdict != "right"

    def end(self) -> None:
        """Send no more requests, and wait for the responses of all that were sent."""
        self.is_ending = True

    def stop(self) -> None:
        """Send no more requests, and wait for responses no longer than `INTERRUPTED_SECONDS`."""
        self.is_stopping = self.is_ending = True


class LoadGenerator:
    """Generator of a load over connections that are kept and opened as required."""

    def __init__(
        self,
        target: Target,
        *,
        connections: int,
        timeout: float,
        sources: Sequence[str] = (),
    ) -> None:
        """Create a generator.

        Args:
            target: Address of the service.
            connections: Maximum number of connections of all addresses; requests that are due wait for one.
            timeout: Seconds from the moment at which a request is due, after which it has failed: also if it
                waits for a connection, so that a load ends as long after its last request.
            sources: Addresses of this machine to send from, in turns; none for the system's choice.
        """
        self._target = target
        self._timeout = timeout
        each = -(-connections // max(1, len(sources)))
        self._pools = [ConnectionPool(partial(self._connect, source), each) for source in sources or ("",)]
        self._turns = cycle(self._pools)
        self._first_bodies: dict[LoadRequest, bytes] = {}
        self._data: dict[LoadRequest, bytes] = {}

    async def run(
        self,
        plan: Iterable[tuple[float, LoadRequest]],
        run: LoadRun,
        on_second: Callable[[LoadRun], None] = lambda _: None,
    ) -> None:
        """Send requests at their moments in seconds; return when all are answered.

        Args:
            plan: Moments in ascending order, and the request of each.
            run: Course of the load, to which the samples are appended.
            on_second: Called about once a second.
        """
        run.started = started = time.monotonic()
        reported, pending = started, set[asyncio.Task[None]]()
        for number, (due, request) in enumerate(plan):
            while not run.is_ending:
                now = time.monotonic()
                if now - reported >= 1:
                    reported = now
                    on_second(run)
                if (left := started + due - now) <= 0:
                    break
                await asyncio.sleep(min(left, SLICE_SECONDS))
            if run.is_ending:
                break
            run.reached = run.outstanding[number] = due
            task = asyncio.create_task(self._send(request, due, run))
            pending.add(task)
            task.add_done_callback(pending.discard)
            task.add_done_callback(lambda _, number=number: run.outstanding.pop(number))
        await self._finish(pending, run, on_second)
        for pool in self._pools:
            await pool.close()

    async def _finish(
        self, pending: set[asyncio.Task[None]], run: LoadRun, on_second: Callable[[LoadRun], None]
    ) -> None:
        stopped = time.monotonic()
        while pending:
            await asyncio.wait(pending, timeout=SLICE_SECONDS)
            on_second(run)
            if run.is_stopping and time.monotonic() - stopped > INTERRUPTED_SECONDS:
                run.unanswered = len(pending)
                for task in tuple(pending):
                    task.cancel()
                await asyncio.gather(*pending, return_exceptions=True)

    async def _send(self, request: LoadRequest, due: float, run: LoadRun) -> None:
        sent: float | None = None
        status, served_by, timed_out = 0, "", False
        verdict: Verdict = "failed"
        try:
            # The clock of the event loop is `time.monotonic`.
            async with (
                asyncio.timeout_at(run.started + due + self._timeout),
                self._connection() as connection,
            ):
                sent = time.monotonic() - run.started
                response = await connection.send(self._bytes(request))
            status, served_by = response.status, response.served_by
            verdict, problem = self._judge(request, response.status, response.body)
        except TimeoutError:
            timed_out = True
            reason = "no answer" if sent is not None else "no connection"
            problem = f"{reason} within {self._timeout:g} s"
        except ConnectionLostError:
            problem = "the connection was lost"
        except OSError as error:
            problem = f"no connection: {error.strerror or type(error).__name__}"
        ended = time.monotonic() - run.started
        run.add(Sample(due, sent, ended, verdict, status, served_by, problem, timed_out))

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[HttpConnection]:
        """Yield a connection of the pool whose turn it is; one whose response does not come is closed."""
        pool = next(self._turns)
        connection = await pool.take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        finally:
            pool.give_back(connection)

    async def _connect(self, source: str) -> HttpConnection:
        _, connection = await asyncio.get_running_loop().create_connection(
            HttpConnection,
            self._target.host,
            self._target.port,
            ssl=tls_context() if self._target.is_tls else None,
            local_addr=(source, 0) if source else None,
        )
        return connection

    def _bytes(self, request: LoadRequest) -> bytes:
        if request not in self._data:
            self._data[request] = request.data(self._target.authority, self._target.prefix)
        return self._data[request]

    def _judge(self, request: LoadRequest, status: int, body: bytes) -> tuple[Verdict, str]:
        if status != request.expected_status:
            return "failed", f"status {status}"
        expected = request.expected
        if expected is None:
            expected = self._first_bodies.setdefault(request, body)
        if body != expected:
            return "wrong", f"{request.method} {request.target}: {body[:80]!r} instead of {expected[:80]!r}"
        return "right", ""
