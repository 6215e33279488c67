"""uvicorn's server, which at its end still accepts the connections that have reached its socket.

The kernel resets those that wait in the queue of a socket when it is closed, although their clients are
connected and may have sent a request.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from typing_extensions import override
from uvicorn import Server

from service.server.listener_filter import drop_new_connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket

    from uvicorn.config import Config

HANDSHAKE_SECONDS: Final = 0.1
"""Time for the handshakes that have begun: a round trip, between continents at most."""


class DrainingServer(Server):
    """uvicorn's server that empties the queue of its socket before it closes it."""

    def __init__(self, config: Config, *, leave: Callable[[], bool] = lambda: False) -> None:
        """Create the server.

        Args:
            config: Its configuration.
            leave: Called when the server begins to end; returns whether another process still accepts
                connections of the socket.
        """
        super().__init__(config)
        self._leave = leave

    @override
    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        if not self._leave():
            for listener in sockets or ():
                drop_new_connections(listener)
            await asyncio.sleep(HANDSHAKE_SECONDS)
        # Without a pause between the last look into the queue and the end of listening.
        accepted = [connection for listener in sockets or () for connection in _accept_all(listener)]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in accepted:
            await loop.connect_accepted_socket(self._create_protocol, connection)
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
