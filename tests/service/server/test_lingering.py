"""Clients that keep sending or stay connected after a refusal are disconnected in time."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.service.conftest import NO_TLS

if TYPE_CHECKING:
    from tests.service.conftest import RunningService, StartService

CHUNKED: Final = (
    b"POST /api/v01/classify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)

PIECE: Final = b"a" * 65_536


def connect(running: RunningService) -> socket.socket:
    url = urlsplit(running.url)
    return socket.create_connection((url.hostname or "", url.port or 0), timeout=20)


def is_open_at(running: RunningService, connection: socket.socket) -> bool:
    """Return whether the service still has its end of a connection."""
    here = connection.getsockname()
    return any(
        tuple(one.raddr) == here
        for one in psutil.Process(running.process.pid).net_connections("tcp")
        if one.raddr
    )


def sent_until_cut_off(connection: socket.socket, most: int) -> int:
    """Send until the server disconnects; return the number of bytes sent."""
    sent = 0
    with suppress(OSError):
        while sent < most:
            connection.sendall(PIECE)
            sent += len(PIECE)
    return sent


def test_a_refused_client_that_does_not_close_is_disconnected(service: RunningService):
    with connect(service) as connection:
        begun = time.monotonic()
        connection.sendall(b"nonsense\r\n\r\n")
        received = bytearray()
        while chunk := connection.recv(65_536):
            received += chunk
        assert received.startswith(b"HTTP/1.1 400 ")
        refused = time.monotonic()
        while is_open_at(service, connection):
            assert time.monotonic() < refused + 10
            time.sleep(0.05)
        # The client may still read the response. On a busy machine, it is told of the refusal later.
        assert time.monotonic() > begun + 1


def test_a_refused_client_that_keeps_sending_is_disconnected(service: RunningService):
    with connect(service) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        # The buffers of both systems come on top.
        assert 16 * 2**20 <= sent_until_cut_off(connection, 64 * 2**20) < 48 * 2**20


# A chunk extension is part of the framing, not of the body, and a recipient ought to limit it (RFC 9112,
# 7.1.1).
@pytest.mark.one_python  # the parser in C reads megabytes of framing
@pytest.mark.parametrize("begun", [b"1;x=", b"1\r\na\r\n0\r\nx: "], ids=["extension", "trailers"])
def test_endless_framing_of_a_body_is_read_no_further(start_service: StartService, begun: bytes):
    running = start_service(IRIS_MAX_BODY_BYTES="1024")
    with connect(running) as connection:
        connection.sendall(CHUNKED + begun)
        assert sent_until_cut_off(connection, 64 * 2**20) < 48 * 2**20
    assert httpx.get(f"{running.url}/livez", trust_env=False, verify=NO_TLS).status_code == 200
