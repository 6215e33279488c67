"""Pool of connections: a request takes the first that is free, and waits while none is.

A connection is opened also if the request that wanted it has given up, for those after it. Else clients that
time out while a busy service accepts their connections would only open others, and keep it busy for ever.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scripts.bench.load.http_connection import HttpConnection

IDLE_SECONDS: Final = 4.0
"""Seconds after which an idle connection is not used again: uvicorn's default closes it after 5."""


class ConnectionPool:
    """Connections from one address to one service."""

    def __init__(self, connect: Callable[[], Awaitable[HttpConnection]], limit: int) -> None:
        """Create an empty pool.

        Args:
            connect: opens a connection.
            limit: maximum number of connections that are open or being opened.
        """
        self._connect = connect
        self._limit = limit
        self._number = 0
        """Number of connections that are open or being opened."""
        self._idle: list[HttpConnection] = []
        self._waiting: deque[asyncio.Future[HttpConnection]] = deque()
        self._opening: set[asyncio.Task[None]] = set()

    async def take(self) -> HttpConnection:
        """Return a connection that is free, as soon as there is one.

        Raises:
            OSError: it could not be opened.
        """
        loop = asyncio.get_running_loop()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and loop.time() - connection.idle_since < IDLE_SECONDS:
                return connection
            self._discard(connection)
        waiting: asyncio.Future[HttpConnection] = loop.create_future()
        self._waiting.append(waiting)
        self._open_one()
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self.give_back(waiting.result())
            raise

    def give_back(self, connection: HttpConnection) -> None:
        """Return a connection to the pool, whether it is open or closed."""
        if not connection.is_open:
            self._discard(connection)
            if self._first() is not None:
                self._open_one()
        elif (waiting := self._first()) is not None:
            self._waiting.popleft()
            waiting.set_result(connection)
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Close the connections that are idle or being opened."""
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in self._idle:
            connection.close()

    def _first(self) -> asyncio.Future[HttpConnection] | None:
        """Return the request that has waited longest, and forget those that wait no longer."""
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        return self._waiting[0] if self._waiting else None

    def _discard(self, connection: HttpConnection) -> None:
        connection.close()
        self._number -= 1

    def _open_one(self) -> None:
        if self._number < self._limit:
            self._number += 1
            task = asyncio.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        try:
            connection = await self._connect()
        except OSError as error:
            self._number -= 1
            if (waiting := self._first()) is not None:
                self._waiting.popleft()
                waiting.set_exception(error)
        else:
            self.give_back(connection)
