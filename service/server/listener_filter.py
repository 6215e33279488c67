"""Socket filter under which a listening socket takes no new connection, and still completes those begun.

Between the last `accept` and `close` a connection can enter the queue, and `close` resets it. With the
filter (Linux, `SO_ATTACH_FILTER`, socket(7)) the kernel drops a client's first packet, its SYN: the client
sends it again a second later, when the socket is closed, and is refused as by any closed port.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from struct import pack
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from socket import socket

_SOL_SOCKET: Final = 1
_SO_ATTACH_FILTER: Final = 26
"""Linux's number in asm-generic/socket.h; Python's `socket` does not name it."""

_DROP_SYN: Final = (
    (0x30, 0, 0, 13),  # load byte 13 of the TCP header, the flags (RFC 9293, 3.1)
    (0x54, 0, 0, 0x12),  # keep SYN and ACK of them
    (0x15, 0, 1, 0x02),  # SYN without ACK: go on; else: skip one
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # pass
)
"""Instructions of the classic BPF: code, jump if true, jump if false, operand (`struct sock_filter`)."""


def drop_new_connections(listener: socket) -> None:
    """Drop the SYN packets that arrive at a listening socket from now on, in all processes that share it.

    Without effect where the system has no such filter.
    """
    if sys.platform != "linux":
        return
    code = b"".join(pack("HBBI", *instruction) for instruction in _DROP_SYN)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = pack("HP", len(_DROP_SYN), ctypes.addressof(buffer))  # `struct sock_fprog`
    with suppress(OSError):
        listener.setsockopt(_SOL_SOCKET, _SO_ATTACH_FILTER, program)
