"""HTTP client of one server on a Unix socket, with the standard library's HTTP.

The controller asks each Envoy four times a second.
"""

from __future__ import annotations

import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class _UnixConnection(HTTPConnection):
    """Connection to a Unix socket, which is opened by the first request."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = str(path)

    @override
    def connect(self) -> None:
        connected = socket.socket(socket.AF_UNIX)
        try:
            connected.settimeout(self.timeout)
            connected.connect(self._path)
        except OSError:
            connected.close()
            raise
        self.sock = connected


class UnixHttpClient:
    """Client that keeps its connection open. May be used from any thread, by one at a time."""

    def __init__(self, path: Path) -> None:
        """Create a client of the server that listens at a path, now or later."""
        self._connection = _UnixConnection(path)
        self._lock = Lock()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str, query: Mapping[str, str], timeout: float) -> str | None:
        """Return the body of a successful response; None without one.

        Args:
            path: path of the URL.
            query: parameters of its query.
            timeout: maximum seconds to wait for the connection, and for each part of the response.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        with self._lock:
            # A connection to a server that has ended fails, and another server may be there.
            for is_new in (self._connection.sock is None, True):
                try:
                    return self._get(target, timeout)
                except ConnectionError:
                    if is_new:
                        break
                except (HTTPException, OSError):
                    break
        return None

    def _get(self, target: str, timeout: float) -> str | None:
        connection = self._connection
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            body = response.read()
        except BaseException:
            connection.close()  # what arrives later is no answer to another request
            raise
        return body.decode(errors="replace") if response.status == HTTPStatus.OK else None
