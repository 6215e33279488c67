"""Active health checks: what passes one, and how long it may take."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import httpx
import pytest
from typing_extensions import override

from client import balancer as balancers
from client.balancer import CHECK_SECONDS, CHECKS_AT_A_TIME, Exchange
from client.instance import Instance
from tests.client.balanced import Fleet
from tests.http_server import running_server
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.balanced import Balanced
    from tests.client.conftest import Serve

    Available = Callable[..., set[int]]


@pytest.fixture
def available(balancing: Callable[..., Balanced]) -> Available:
    """Return the ports of those of some instances that pass a check."""

    def check(*ports: int) -> set[int]:
        fleet = Fleet(*(Instance(f"i-{port}", "127.0.0.1", port) for port in ports))
        balancer, upkeep = balancing(fleet, "/readyz")
        balancer.discover()
        upkeep.work()
        Exchange(balancer, httpx.Request("GET", "http://iris/")).begin()
        return {instance.port for instance in fleet.candidates}

    return check


# As a load balancer's matcher: only 2xx is healthy. `None` closes the connection without a response.
@pytest.mark.parametrize(
    ("status", "passes"),
    [(200, True), (204, True), (301, False), (307, False), (404, False), (503, False), (None, False)],
)
def test_a_check_passes_only_with_a_status_2xx(
    available: Available, faulty: Serve, status: int | None, *, passes: bool
):
    with faulty(200) as healthy, faulty(status) as checked:
        found = available(healthy.server_port, checked.server_port)
        assert found - {checked.server_port} == {healthy.server_port}
        assert (checked.server_port in found) is passes


def test_a_check_does_not_go_to_a_proxy_of_the_environment(
    available: Available, faulty: Serve, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # tcpmux's port, on which no process listens
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with faulty(200) as one, faulty(503) as other:
        assert available(other.server_port, one.server_port) == {one.server_port}


def test_silent_instances_fail_after_two_seconds(
    available: Available, faulty: Serve, monkeypatch: pytest.MonkeyPatch
):
    assert CHECK_SECONDS == 2
    monkeypatch.setattr(balancers, "CHECK_SECONDS", 0.2)
    with ExitStack() as stack:
        healthy = stack.enter_context(faulty(200))
        silent = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(8)]
        ports = [healthy.server_port, *(one.getsockname()[1] for one in silent)]
        # On a busy machine, the healthy one may need more time as well.
        until(lambda: available(*ports) == {healthy.server_port})


def test_instances_are_checked_at_the_same_time(available: Available):
    meeting = threading.Barrier(CHECKS_AT_A_TIME)
    met: list[int] = []

    class Together(BaseHTTPRequestHandler):
        """Each request waits for the others: one after the other, none would be answered."""

        def do_GET(self) -> None:
            met.append(meeting.wait(30))
            self.send_response(200)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ExitStack() as stack:
        servers = [stack.enter_context(running_server(Together)) for _ in range(CHECKS_AT_A_TIME)]
        available(*(server.server_port for server in servers))
    assert sorted(met) == [*range(8)]
