"""uvicorn's server, which accepts many connections in a turn of the event loop, and all before it ends.

uvloop accepts one connection in each turn. While turns are long, a health check would wait for as many of
them as there are connections before its own.

A client that sends a request and leaves costs as much as one that waits for its answer, and can come back
sooner. Where many are connected, those that have left are found before their request is read.

The kernel resets those that wait in the queue of a socket when it is closed, although their clients are
connected and may have sent a request.
"""

from __future__ import annotations

import asyncio
import select
from contextlib import suppress
from itertools import islice
from time import thread_time
from typing import TYPE_CHECKING, Final, cast

from typing_extensions import override
from uvicorn import Server

from service.server.client_presence import is_reset, probe_unread
from service.server.listener_filter import drop_new_connections
from service.telemetry.load_report import LoadReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket
    from types import FrameType

    from uvicorn.config import Config

HANDSHAKE_SECONDS: Final = 0.1
"""Time for the handshakes that have begun: a round trip, between continents at most."""

ACCEPTS_PER_TURN: Final = 32
"""Maximum number of connections that are accepted in one turn, beside uvloop's one. Each takes 0.07 ms."""

CROWDED: Final = 1_000
"""Number of open connections from which fewer are accepted, as the turns are long then: requests on open
connections come first."""

ACCEPTS_WHEN_CROWDED: Final = 8
"""Maximum number of connections that are accepted in one turn then."""

PROBED_FROM: Final = 64
"""Number of open connections from which half-closed connections are probed for clients that have left."""

TURN_SECONDS: Final = 0.002
"""Processor time for which connections are accepted and probed in one turn. A probe takes 0.02 to 0.1 ms."""

TICK_SECONDS: Final = 1.0
"""Time between two values of the `Date` of responses, which names whole seconds."""

PROBE_SECONDS: Final = 0.1
"""Time for the reaction to a probe: a round trip, between continents at most."""


class DrainingServer(Server):
    """uvicorn's server that accepts many connections at once, and those that wait before it ends."""

    def __init__(
        self, config: Config, *, leave: Callable[[], bool] = lambda: False, report_load: bool = False
    ) -> None:
        """Create the server.

        Args:
            config: Its configuration.
            leave: Called when the server begins to end; returns whether another process still accepts
                connections of the socket.
            report_load: Report the load in each response.
        """
        super().__init__(config)
        self._report_load = report_load
        self._leave = leave
        self._queues: list[socket] = []
        """Duplicates of the listening sockets; uvloop watches the original ones."""
        self._probed: set[socket] = set()
        """Connections whose clients may have left."""
        self._accepting: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._ending.set()

    @override
    async def main_loop(self) -> None:
        """Wait for a signal. uvicorn looks for one ten times a second, which an idle service mostly does."""
        while not await self.on_tick(0):  # of any other number, only each tenth tick sets the date
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._ending.wait()

    @override
    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self._report_load:
            LoadReport(self.config, self.server_state).start()
        loop = asyncio.get_running_loop()
        for listener in sockets or ():
            queue = listener.dup()
            self._queues.append(queue)
            readiness = select.poll()
            readiness.register(queue, select.POLLIN)
            # Not at once: uvloop accepts one in this turn, with less work.
            loop.add_reader(queue, loop.call_soon, self._accept_further, queue, readiness)

    def _accept_further(self, queue: socket, readiness: select.poll) -> None:
        """Accept the connections that wait behind the one that uvloop has accepted."""
        if queue.fileno() < 0 or not readiness.poll(0):  # a fifth of the time of an `accept` in vain
            return
        # Not the time that passes: on a busy machine, any turn could take long.
        end = thread_time() + TURN_SECONDS
        opened = len(self.server_state.connections)
        waiting = _accept_all(queue)
        if opened >= PROBED_FROM:
            waiting = self._probe(waiting, end)
        for connection in islice(waiting, ACCEPTS_WHEN_CROWDED if opened >= CROWDED else ACCEPTS_PER_TURN):
            self._begin(connection)

    def _probe(self, connections: Iterator[socket], end: float) -> Iterator[socket]:
        """Yield the connections whose clients are there, and set those that must show it apart.

        Args:
            connections: Accepted connections.
            end: Processor time of the thread at which to stop.
        """
        loop = asyncio.get_running_loop()
        for connection in connections:
            if not probe_unread(connection):
                yield connection
            elif is_reset(connection):  # at once, if the client is on this machine
                connection.close()
            else:
                self._probed.add(connection)
                loop.call_later(PROBE_SECONDS, self._begin_unless_reset, connection)
            if thread_time() >= end:
                return

    def _begin_unless_reset(self, connection: socket) -> None:
        if connection not in self._probed:  # the server has begun to end
            return
        self._probed.remove(connection)
        if is_reset(connection):
            connection.close()
        else:
            self._begin(connection)

    def _begin(self, connection: socket) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(connection))
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)

    async def _connect(self, connection: socket) -> None:
        with suppress(OSError):  # the client has left
            await asyncio.get_running_loop().connect_accepted_socket(self._create_protocol, connection)

    @override
    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        if not self._leave():
            for listener in sockets or ():
                drop_new_connections(listener)
            await asyncio.sleep(HANDSHAKE_SECONDS)
        # Without a pause between the last look into the queue and the end of listening.
        accepted = [connection for listener in sockets or () for connection in _accept_all(listener)]
        loop = asyncio.get_running_loop()
        for queue in self._queues:
            loop.remove_reader(queue)
            queue.close()
        for server in self.servers:
            server.close()
        accepted.extend(self._probed)
        self._probed.clear()
        for connection in accepted:
            await self._connect(connection)
        # uvicorn ends the connections that it knows of now.
        await asyncio.gather(*self._accepting)
        await super().shutdown(sockets)

    def _create_protocol(self) -> asyncio.Protocol:
        """Create the protocol of a connection, as uvicorn does."""
        # uvicorn's type of the class is that of any protocol, whose constructor takes nothing.
        http_protocol = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return http_protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _accept_all(listener: socket) -> Iterator[socket]:
    listener.settimeout(0)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # the queue is empty, or the files are at their limit
            return
        connection.settimeout(0)
        yield connection
