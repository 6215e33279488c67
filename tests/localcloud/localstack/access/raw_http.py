"""Raw HTTP requests as an attacker writes them."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class RawReply:
    status: int
    body: bytes


@dataclass(frozen=True)
class RawRequest:
    """HTTP request that is sent without any normalisation."""

    name: str
    method: str = "GET"
    target: str = "/"
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    hosts: tuple[str, ...] | None = None
    """Values of `Host`; by default the loopback address with the port."""

    def __str__(self) -> str:
        return self.name

    def send(self, port: int) -> RawReply:
        """Send the request to a port of the loopback address."""
        hosts = (f"127.0.0.1:{port}",) if self.hosts is None else self.hosts
        fields = [*(("Host", host) for host in hosts), *(self.headers or {}).items(), ("Connection", "close")]
        if self.body:
            fields.append(("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + self.body)
            response = HTTPResponse(connection, method=self.method)
            response.begin()
            return RawReply(response.status, response.read())
