"""Socket filter of a listening socket, on real sockets of the loopback interface."""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.server.listener_filter import drop_new_connections

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="SO_ATTACH_FILTER is Linux's")


def test_a_connection_made_before_is_accepted_and_answers_and_a_later_one_is_refused_at_the_close():
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        address = listener.getsockname()
        with socket.create_connection(address, timeout=20) as early:
            drop_new_connections(listener)
            later = pool.submit(socket.create_connection, address, 20)
            accepted, _ = listener.accept()
            with accepted:
                early.sendall(b"request")
                assert accepted.recv(7) == b"request"
                accepted.sendall(b"response")
                assert early.recv(8) == b"response"
            listener.settimeout(0.3)
            with pytest.raises(TimeoutError):
                listener.accept()
        listener.close()
        with pytest.raises(ConnectionRefusedError):
            later.result(timeout=30)


def test_a_process_that_shares_the_socket_takes_no_new_connection_either():
    with socket.create_server(("127.0.0.1", 0)) as listener, listener.dup() as shared:
        drop_new_connections(shared)
        with pytest.raises(TimeoutError):
            socket.create_connection(listener.getsockname(), timeout=0.3)
