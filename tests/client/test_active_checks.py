"""Active health checks: what passes one, and how long it may take."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from client import balancer as balancers
from client.balancer import Exchange
from client.instance import Instance
from tests.client.balanced import Fleet

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


def test_silent_instances_are_checked_at_the_same_time_and_fail_after_two_seconds(
    available: Available, faulty: Serve, monkeypatch: pytest.MonkeyPatch
):
    assert balancers.CHECK_SECONDS == 2
    monkeypatch.setattr(balancers, "CHECK_SECONDS", 0.2)
    with ExitStack() as stack:
        healthy = stack.enter_context(faulty(200))
        silent = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(8)]
        began = time.monotonic()
        found = available(healthy.server_port, *(one.getsockname()[1] for one in silent))
        assert time.monotonic() - began < 1.2  # one after the other, they take 1.6 s
    assert found == {healthy.server_port}
