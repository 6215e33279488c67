"""Received data that takes long to parse, of all connections of a worker.

32 KB, which are read at once, can be 5,000 chunks of one byte or 250 requests, and take tens of milliseconds.
What is left after a millisecond waits here, and no more of its connection is read.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Final, Protocol

from typing_extensions import override
from uvicorn.protocols.http.flow_control import FlowControl

from service.server.give_way import give_way

if TYPE_CHECKING:
    from collections.abc import Callable

IMMEDIATE_SECONDS: Final = 0.001
"""Processor time for which data is parsed when it arrives: several times what a body without chunks takes."""

TURN_SECONDS: Final = 0.004
"""Time for which data is parsed, of all connections, before the event loop serves other clients."""

PIECES_PER_TURN: Final = 16
"""Maximum number of pieces of data that are parsed to their end before the event loop serves other clients.
Each can complete a request, which then takes 0.2 ms: ten times as long as parsing it."""

MAX_WAITING: Final = 2_048
"""Maximum number of connections whose data waits, with up to 32 KB of memory each."""

COMPARED_WAITING: Final = 16
"""Number of connections of which one is refused beyond the limit. To compare all of them would take half of
the time of a worker to which thousands of clients a second send data."""


class UnreadData(Protocol):
    """Connection with data that waits to be parsed."""

    @property
    def unread_bytes(self) -> int:
        """Size of the data."""
        ...

    def read_step(self) -> bool:
        """Parse one step of the data, which takes a few milliseconds at most; return whether more waits."""
        ...

    def refuse_unread(self) -> None:
        """Refuse the request that the data belongs to, and discard the data."""
        ...


class ReadQueue:
    """Queue of connections whose data waits, served in turns of one step each."""

    def __init__(self) -> None:
        self._waiting: deque[UnreadData] = deque()
        self._task: asyncio.Task[None] | None = None
        self._turn_ends: float | None = None
        """Processor time until which data that arrives in this turn of the event loop is parsed."""
        self._pieces_left = PIECES_PER_TURN
        """Number of pieces that may still be parsed to their end in this turn."""

    @property
    def is_busy(self) -> bool:
        """True while data waits, or has just taken long: further data must wait as well."""
        return self._task is not None

    def read_now(self, read_step: Callable[[], bool]) -> bool:
        """Parse data that has just arrived, while there is time for it; return whether more is left."""
        if self.is_busy:
            return True
        # Not the time that passes: on a busy machine, any data could take long.
        now = thread_time()
        if self._turn_ends is None:
            self._turn_ends = now + TURN_SECONDS
            asyncio.get_running_loop().call_soon(self._end_turn)
        end = min(now + IMMEDIATE_SECONDS, self._turn_ends)
        while more := read_step():
            if thread_time() >= end:
                break
        self._pieces_left -= not more
        if thread_time() >= end or self._pieces_left == 0:
            self._task = asyncio.get_running_loop().create_task(self._read_waiting())
        return more

    def _end_turn(self) -> None:
        self._turn_ends = None
        self._pieces_left = PIECES_PER_TURN

    def add(self, connection: UnreadData) -> None:
        """Add a connection whose data waits, to a queue that is busy.

        Beyond the limit, the one with the most data is refused, of those that have waited longest.
        """
        self._waiting.append(connection)
        if len(self._waiting) > MAX_WAITING:
            longest = islice(self._waiting, COMPARED_WAITING)
            largest = max(longest, key=lambda waiting: waiting.unread_bytes)
            self._waiting.remove(largest)
            largest.refuse_unread()

    async def join(self) -> None:
        """Wait until no data waits."""
        if self._task:
            await self._task

    async def _read_waiting(self) -> None:
        worked = IMMEDIATE_SECONDS
        try:
            while True:
                await give_way(worked)
                if not self._waiting:
                    return
                started = perf_counter()
                worked = 0.0
                left = PIECES_PER_TURN
                while self._waiting and worked < TURN_SECONDS and left:
                    connection = self._waiting.popleft()
                    if connection.read_step():
                        self._waiting.append(connection)
                    else:
                        left -= 1
                    worked = perf_counter() - started
        finally:
            self._task = None


class ReadFlow(FlowControl):
    """uvicorn's flow control, which reads no more of a connection while its data waits to be parsed."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._holds = False

    def hold(self) -> None:
        """Read nothing until `release`."""
        self._holds = True
        self._transport.pause_reading()

    def release(self) -> None:
        """Read again, unless the application has no room yet."""
        self._holds = False
        if not self.read_paused and not self._transport.is_closing():
            self._transport.resume_reading()

    @override
    def resume_reading(self) -> None:
        if self._holds:
            self.read_paused = False
        else:
            super().resume_reading()
