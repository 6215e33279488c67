"""Presence of the client while its request is being worked on.

ASGI tells an application that its client has left only if it waits for that. Long work checks it between two
steps instead.

A client that has closed its connection looks like one that has only ended its own direction and still reads:
both send the end of their data. They differ in their reaction to data. Therefore the server sends `100
(Continue)`, which every client of HTTP/1.1 ignores if it does not expect it (RFC 9110, 15.2): the system of a
client that has closed responds with a reset.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from socket import SO_ERROR, SOL_SOCKET
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import asyncio

State: TypeAlias = MutableMapping[str, Any]
"""State of a request (ASGI): the value of `state` in its scope."""

_HALF_CLOSED: Final = "half_closed_connection"
_LEFT: Final = "client_left"
"""Keys in the state of a request."""

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

_REQUEST_LINE_BYTES: Final = 256
"""Part of a request that is looked at for its version; longer request lines are rare."""

_CLOSE_WAIT: Final = 8
_CLOSED: Final = 7
"""States of a TCP connection whose other side has sent the end of its data, and of one that was
reset (Linux, `net/tcp_states.h`)."""


def probe_half_closed(state: State, transport: asyncio.Transport) -> None:
    """Send data for the client to react to; the response must not have begun."""
    state[_HALF_CLOSED] = transport
    transport.write(_CONTINUE)


def note_lost_connection(state: State) -> None:
    """Note that the connection of a request is closed."""
    state[_LEFT] = True


def has_client_left(state: State) -> bool:
    """Return whether the client has left; a reset counts from the next event loop iteration on."""
    transport: asyncio.Transport | None = state.get(_HALF_CLOSED)
    if transport and not transport.is_closing():
        connection = transport.get_extra_info("socket")
        # The event loop reads no further after the end of the data, and would notice only at the next write.
        if connection.getsockopt(SOL_SOCKET, SO_ERROR):
            transport.abort()
    return _LEFT in state


def probe_unread(connection: socket.socket) -> bool:
    """Probe a connection of which nothing has been read, if it is half closed; return whether it is.

    HTTP/1.0 has no `100 (Continue)`, so its connections are not probed. Systems other than Linux do not tell
    the state of a connection.
    """
    if _tcp_state(connection) != _CLOSE_WAIT:
        return False
    with suppress(OSError):  # reset before it could be written
        if b" HTTP/1.1\r\n" not in connection.recv(_REQUEST_LINE_BYTES, socket.MSG_PEEK):
            return False
        connection.send(_CONTINUE)
    return True


def is_reset(connection: socket.socket) -> bool:
    """Return whether the client has reset a connection."""
    return _tcp_state(connection) == _CLOSED


def _tcp_state(connection: socket.socket) -> int | None:
    if sys.platform != "linux":
        return None
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
