"""HTTP server of a handler, in a thread of the tests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from http.server import BaseHTTPRequestHandler
    from socketserver import BaseServer

Server = TypeVar("Server", bound="BaseServer")


@contextmanager
def serving(server: Server) -> Generator[Server]:
    """Serve in a thread until the end of the block, and close the server."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def running_server(handler: Callable[..., BaseHTTPRequestHandler]) -> Generator[ThreadingHTTPServer]:
    """Serve at a free port of this machine until the end of the block."""
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield server
