"""Real Envoys of two zones that share a port."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import httpx
import pytest
from typing_extensions import override

from localcloud import processes
from localcloud.controller.balancer_watch import BalancerWatch
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer import balancer, zonal_envoy
from localcloud.load_balancer.balancer import LoadBalancer
from localcloud.load_balancer.envoy import EnvoyAdmin
from localcloud.load_balancer.envoy_config import EnvoyTarget
from localcloud.load_balancer.envoy_probes import UNANSWERED
from localcloud.load_balancer.zonal_envoy import SHARES_PORT, ZONE, ZonalEnvoy
from localcloud.state_dir import StateDir
from tests.localcloud.load_balancer.test_description import DESCRIPTION
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from localcloud.load_balancer.description import LoadBalancerDescription

pytestmark = pytest.mark.skipif(not SHARES_PORT, reason="the system does not share ports")

ZONES = ("zone-a", "zone-b")
CROSS_ZONE = "load_balancing.cross_zone.enabled"


class Named(BaseHTTPRequestHandler):
    """Target that answers with its own port, and whose health checks can fail."""

    failing: set[int] = set()  # noqa: RUF012 - shared by all requests

    def do_GET(self) -> None:
        port = cast("ThreadingHTTPServer", self.server).server_port
        body = str(port).encode()
        self.send_response(503 if self.path == "/readyz" and port in self.failing else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


class Zonal:
    """Load balancer in two zones, with a target in each."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, ports: list[int]) -> None:
        Named.failing.clear()
        health = {"HealthCheckIntervalSeconds": 1, "HealthCheckTimeoutSeconds": 1}
        group = {**DESCRIPTION.target_group, **health, "UnhealthyThresholdCount": 2}
        self.now = replace(DESCRIPTION, zones=ZONES, target_group=group)  # pyright: ignore[reportArgumentType]
        self.ports = ports

        def describe(*_: object) -> LoadBalancerDescription:
            return self.now

        monkeypatch.setattr(balancer, "describe_load_balancer", describe)
        (folder / "key").write_text("[default]\naws_access_key_id = AKIA\naws_secret_access_key = none\n")
        port = processes.find_free_port()
        identity = Identity(
            "dev", "eu-west-1", "http://127.0.0.1:1", f"http://127.0.0.1:{port}", str(folder / "key")
        )
        state_dir = StateDir(folder)
        self.events = EventLog(state_dir.events)
        self.balancer = LoadBalancer(state_dir, identity, "arn")
        self.watch = BalancerWatch(state_dir, identity, self.events)
        self.url = identity.balancer_url
        self.identity = identity
        self.state_dir = state_dir
        self.balancer.configure()
        self.register()
        self.balancer.start()
        until(lambda: [self.healthy(of) for of in self.statuses()] == [set(ZONES)] * 2)
        until(self.both_listen)

    @staticmethod
    def healthy(statuses: dict[str, balancer.TargetStatus]) -> set[str]:
        return {name for name, status in statuses.items() if status.healthy}

    def statuses(self) -> list[dict[str, balancer.TargetStatus]]:
        return list(self.balancer.targets().values())

    def register(self, *, healthy: str = "ab") -> None:
        self.balancer.register(
            [
                EnvoyTarget(zone, port, zone, healthy=zone[-1] in healthy)
                for zone, port in zip(ZONES, self.ports, strict=True)
            ]
        )

    def served_by(self, connections: int = 24) -> set[int]:
        """Return the targets that have answered requests, each on a connection of its own."""
        found: set[int] = set()
        for _ in range(connections):
            answer = httpx.get(self.url, trust_env=False, timeout=10, verify=NO_CERTIFICATES)
            assert answer.status_code == 200
            found.add(int(answer.text))
        return found

    def is_served_by(self, ports: set[int]) -> bool:
        """Return whether these targets answer, and no connection was left to a zone that stops listening."""
        # If the connection is reset before the request is sent, the response is just empty.
        with suppress(httpx.ReadError, httpx.RemoteProtocolError):
            return self.served_by(12) == ports
        return False

    def both_listen(self) -> bool:
        """Return whether both Envoys accept connections; their admin interfaces answer before."""
        pattern = r"^listener_manager\.(workers_started|total_listeners_active)$"
        found = [envoy.statistics(pattern) or [] for envoy in self.balancer.envoys]
        return [[stat["value"] for stat in of_one] for of_one in found] == [[1, 1]] * 2

    def what(self) -> list[str]:
        return [event.what for event in self.events.last(10)]


@pytest.fixture
def zonal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zonal]:
    with ExitStack() as servers:
        ports: list[int] = []
        for _ in ZONES:
            server = servers.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Named))
            threading.Thread(target=server.serve_forever, args=(0.01,)).start()
            servers.callback(server.shutdown)
            ports.append(server.server_port)
        zonal = Zonal(tmp_path, monkeypatch, ports)
        yield zonal
        zonal.balancer.close()
        zonal.watch.close()
        processes.stop([found.process for found in processes.find(tmp_path)])


def counted(zonal: Zonal) -> dict[str, int]:
    return {
        zone: sum(status.requests for status in statuses.values())
        for zone, statuses in zonal.balancer.targets().items()
    }


def test_both_share_the_connections_and_one_goes_on_while_the_other_is_replaced(zonal: Zonal):
    assert zonal.served_by(40) == set(zonal.ports)
    before = counted(zonal)
    assert all(before[zone] > 0 for zone in ZONES)
    assert sum(before.values()) == 40
    first, second = (envoy.find() for envoy in zonal.balancer.envoys)
    assert first
    assert second
    zonal.watch.heal()
    assert zonal.what() == []
    first.kill()
    until(lambda: not processes.is_alive(first))
    assert zonal.served_by() == set(zonal.ports)
    zonal.watch.heal()
    assert zonal.what() == ["the load balancer in zone-a lost its process; it is started again"]
    until(zonal.both_listen)
    assert zonal.balancer.envoys[1].find() == second
    assert zonal.balancer.envoys[0].find() not in {None, first}
    second.send_signal(signal.SIGSTOP)
    until(lambda: processes.is_stopped(second))
    zonal.watch.heal()
    assert zonal.what()[1:] == ["the load balancer in zone-b was stopped; it is started again"]
    until(zonal.both_listen)
    assert zonal.served_by() == set(zonal.ports)


def test_a_new_controller_keeps_the_targets_until_it_registers_its_own(zonal: Zonal):
    another = LoadBalancer(zonal.state_dir, zonal.identity, "arn")
    another.configure()
    assert [set(of) for of in zonal.statuses()] == [set(ZONES)] * 2
    files = [envoy.files.endpoints.read_text() for envoy in another.envoys]
    assert all(str(port) in text for text in files for port in zonal.ports)
    another.close()


def test_without_cross_zone_a_zone_without_healthy_targets_is_left_to_the_other_one(zonal: Zonal):
    off = {**zonal.now.target_group_attributes, CROSS_ZONE: "false"}
    zonal.now = replace(zonal.now, target_group_attributes=off)
    assert zonal.balancer.follow() == [f"{CROSS_ZONE}=false"]
    until(lambda: [set(of) for of in zonal.statuses()] == [{zone} for zone in ZONES])
    assert zonal.served_by() == set(zonal.ports)
    zonal.register(healthy="b")
    until(lambda: zonal.is_served_by({zonal.ports[1]}))
    zonal.register(healthy="ab")
    until(lambda: zonal.served_by(12) == set(zonal.ports))


def test_a_load_balancer_whose_targets_are_all_unhealthy_sends_to_all(zonal: Zonal):
    Named.failing.update(zonal.ports)
    until(lambda: [[each.healthy for each in of.values()] for of in zonal.statuses()] == [[False] * 2] * 2)
    # The threads of Envoy that balance hear of it a little later than its admin interface.
    until(lambda: zonal.served_by(12) == set(zonal.ports))
    Named.failing.discard(zonal.ports[1])
    until(lambda: zonal.served_by(12) == {zonal.ports[1]})


def test_the_load_balancer_of_a_lost_zone_stays_dead_until_the_zone_is_restored(zonal: Zonal):
    first = zonal.balancer.envoys[0].find()
    assert first
    zonal.state_dir.lost_zones.write_text('["zone-a"]')
    zonal.watch.heal()
    # Its environment, by which it is found, goes before the threads that still accept connections.
    until(lambda: not processes.is_alive(first))
    zonal.watch.heal()
    assert zonal.balancer.envoys[0].find() is None
    assert zonal.served_by() == set(zonal.ports)
    zonal.state_dir.lost_zones.write_text("[]")
    zonal.watch.heal()
    assert zonal.balancer.envoys[0].find()


def test_a_file_that_envoy_refuses_is_an_event_with_its_reason_and_changes_nothing(zonal: Zonal):
    # The API refuses this range; Envoy accepts status codes from 100 to 599.
    group = {**zonal.now.target_group, "Matcher": {"HttpCode": "600"}}
    zonal.now = replace(zonal.now, target_group=group)

    zonal.balancer.follow()

    def refusals() -> list[str]:
        zonal.watch.heal()
        return [what for what in zonal.what() if "refuses" in what]

    until(lambda: len(refusals()) == 2)
    assert "the load balancer in zone-a refuses its new clusters, and keeps the old: Error" in refusals()[0]
    assert "Invalid http expected status range" in refusals()[0]
    assert zonal.served_by() == {*zonal.ports}
    assert len(refusals()) == 2
    assert "it is started again" not in "".join(zonal.what())


def test_one_that_does_not_answer_yet_has_ten_seconds_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    identity = Identity("dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:2", "key")
    envoy = ZonalEnvoy(StateDir(tmp_path), identity, "zone-a")
    started: list[str] = []

    def start(starting: ZonalEnvoy) -> None:
        started.append(starting.zone)

    def answer(_: EnvoyAdmin) -> None:
        return None

    monkeypatch.setattr(ZonalEnvoy, "start", start)
    monkeypatch.setattr(EnvoyAdmin, "build", answer)
    # No probe takes time; one that took long, as on a busy machine, would not count.
    clock = SimpleNamespace(monotonic=lambda: 0.0, time=time.time)
    monkeypatch.setattr(zonal_envoy, "time", clock)
    process = processes.start(
        ["/bin/sleep", "60"],
        home=tmp_path,
        role="balancer",
        log=tmp_path / "envoy.log",
        environment=identity.environment() | {ZONE: "zone-a"},
    )
    try:
        until(envoy.find)
        assert [envoy.heal() for _ in range(2 * UNANSWERED)] == [None] * 2 * UNANSWERED
        assert processes.is_alive(process)
        monkeypatch.setattr(zonal_envoy, "START_TIME", 0.0)
        assert [envoy.heal() for _ in range(UNANSWERED)] == [*[None] * (UNANSWERED - 1), "did not answer"]
        assert (started, processes.is_alive(process)) == (["zone-a"], False)
    finally:
        processes.stop([process], grace=0)
        envoy.close()
