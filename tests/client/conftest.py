"""Fixtures of the client: real processes of the service, and servers with one fault each."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from client import balancer as balancers
from client.balancer import Balancer
from tests.client.balanced import Balanced, ByHand, health_in_no_time
from tests.http_server import serving
from tests.service.conftest import environment, predictors_folder, start_service

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from typing import Protocol

    from tests.client.balanced import Fleet

    class Serve(Protocol):
        def __call__(
            self, status: int | None, retry_after: str | None = None
        ) -> AbstractContextManager[Faulty]: ...


__all__ = ["environment", "predictors_folder", "start_service"]


class Faulty(ThreadingHTTPServer):
    """Server that answers every request in one way, and counts them."""

    def __init__(self, status: int | None, retry_after: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        """None: the connection is closed without a response."""
        self.retry_after = retry_after
        self.received: list[str] = []
        """Method of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Faulty  # pyright: ignore[reportIncompatibleVariableOverride] - only this server uses it

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.received.append(self.command)
        if self.server.status is None:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        if self.server.retry_after is not None:
            self.send_header("retry-after", self.server.retry_after)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def faulty() -> Serve:
    """Run a server that answers with a status, or that closes each connection without a response."""

    @contextmanager
    def serve(status: int | None, retry_after: str | None = None) -> Generator[Faulty]:
        with serving(Faulty(status, retry_after)) as server:
            yield server

    return serve


@pytest.fixture
def balancing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Balanced]:
    """Create the balancer of a fleet; no request has discovered its instances yet.

    No ejection or pause ends, and no check fails, because the machine stands still for a while.
    """
    created: list[ByHand] = []

    def by_hand(work: Callable[[], None], interval: float) -> ByHand:
        created.append(ByHand(work, interval))
        return created[-1]

    monkeypatch.setattr(balancers, "Upkeep", by_hand)
    monkeypatch.setattr(balancers, "ClientHealth", health_in_no_time)
    monkeypatch.setattr(balancers, "CHECK_SECONDS", 60)

    def create(fleet: Fleet, check_path: str | None = None) -> Balanced:
        return Balanced(Balancer(fleet.discover, fleet.choose, ["/api"], check_path), created[-1])

    return create
