"""Reads of connections: one that has sent much is read in pieces, and no further than its protocol wants."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvloop
from typing_extensions import override

from service.server.bounded_reads import READ_BYTES, BoundedReads

SENT = bytes(range(256)) * 1_024
"""256 KB, as much as uvloop reads at once."""


class Recorder(asyncio.Protocol):
    """Protocol that pauses after each read."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.has_read = asyncio.Event()
        self.has_lost: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport  # uvloop's has another base class
        self.transport.set_protocol(BoundedReads(self))

    @override
    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self.transport.pause_reading()
        self.has_read.set()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.has_lost.set_result(exc)


def test_a_connection_that_has_sent_much_is_read_in_pieces_and_no_further_than_wanted():
    async def receive() -> tuple[list[bytes], list[int]]:
        loop = asyncio.get_running_loop()
        client, accepted = socket.socketpair()
        with client:
            client.setblocking(False)
            accepted.setblocking(False)
            sending = asyncio.create_task(loop.sock_sendall(client, SENT))
            _, recorder = await loop.connect_accepted_socket(Recorder, accepted)
            counts: list[int] = []
            while sum(map(len, recorder.pieces)) < len(SENT):
                await recorder.has_read.wait()
                for _ in range(3):
                    await asyncio.sleep(0)
                counts.append(len(recorder.pieces))
                recorder.has_read.clear()
                recorder.transport.resume_reading()
            await sending
        assert await recorder.has_lost is None
        return recorder.pieces, counts

    pieces, counts = uvloop.run(receive())
    assert b"".join(pieces) == SENT
    assert max(map(len, pieces)) == READ_BYTES == 32_768
    assert counts == list(range(1, len(pieces) + 1))
