"""Readings of a cloud's processes and files, with other programs as its instances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from localcloud import processes
from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.controller.stack_record import FleetRecord
from localcloud.environment import Identity
from localcloud.load_balancer.envoy_config import TargetStatus
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.zonal_envoy import ZonalEnvoy
from localcloud.state_dir import StateDir
from scripts.local.watch.observation.cloud_reader import CloudReader
from scripts.local.watch.observation.fleet_reader import FleetReader
from scripts.local.watch.observation.reading import FleetReading
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StateDir]:
    """Folder of a cloud with two processes of instances, whose AWS API is not asked."""
    state_dir = StateDir(tmp_path)
    write_credentials(state_dir.key_file, generate_credentials())
    identity = Identity(
        "dev", "us-east-1", "http://127.0.0.1:1", "http://127.0.0.1:2", str(state_dir.key_file)
    )
    for name in ("i-listed", "i-leaving"):
        processes.start(
            ["/bin/sleep", "600"],
            home=state_dir.home,
            role="instance",
            log=state_dir.logs / f"{name}.log",
            environment=identity.environment() | {"IRIS_INSTANCE_ID": name, "IRIS_PORT": "1"},
        )
    until(lambda: len(processes.find(tmp_path)) == 2)

    def start(_: FleetReader) -> None:
        pass

    monkeypatch.setattr(FleetReader, "start", start)
    yield state_dir
    processes.stop([found.process for found in processes.find(tmp_path)], grace=0)


@pytest.fixture
def reader(state_dir: StateDir) -> Iterator[CloudReader]:
    reader = CloudReader(state_dir)
    yield reader
    reader.close()


def test_an_instance_is_what_its_process_auto_scaling_and_its_target_group_show(
    state_dir: StateDir, reader: CloudReader
):
    FleetRecord(zones={"i-listed": "us-east-1a", "i-dead": "us-east-1b"}).save(state_dir.fleet_record)
    state_dir.target_health.write_text(json.dumps({"i-listed": {"state": "healthy"}}))
    for found in processes.find(state_dir.home):
        if found.environment["IRIS_INSTANCE_ID"] == "i-leaving":
            found.process.suspend()
            until(lambda found=found: processes.is_stopped(found.process))
    shown = {
        it.id: (it.zone, it.pid is not None, it.frozen, it.state, it.listed) for it in reader.read().instances
    }
    assert shown == {
        "i-listed": ("us-east-1a", True, False, "healthy", True),
        "i-dead": ("us-east-1b", False, False, "", True),
        "i-leaving": ("", True, True, "", False),
    }


def test_the_load_balancer_of_a_lost_zone_does_not_answer_though_it_may_not_be_dead_yet(
    state_dir: StateDir, reader: CloudReader, monkeypatch: pytest.MonkeyPatch
):
    def statistics(*_: object) -> list[dict[str, Any]]:
        return [{"name": "http.http.downstream_rq_total", "value": 7}]

    def targets(*_: object) -> dict[str, TargetStatus]:
        return {"i-listed": TargetStatus(healthy=True, requests=5)}

    monkeypatch.setattr(ZonalEnvoy, "statistics", statistics)
    monkeypatch.setattr(ZonalEnvoy, "targets", targets)
    state_dir.balancer.mkdir()
    state_dir.zones.write_text(json.dumps(["us-east-1a", "us-east-1b"]))
    state_dir.lost_zones.write_text(json.dumps(["us-east-1b"]))
    nodes = reader.read().nodes
    assert [(it.zone, it.lost, it.answers, it.requests) for it in nodes] == [
        ("us-east-1a", False, True, 7),
        ("us-east-1b", True, False, 0),
    ]
    assert nodes[0].targets == {"i-listed": 5}


def test_the_firewall_has_the_blocked_and_the_counted_requests_of_each_rule(
    state_dir: StateDir, reader: CloudReader
):
    assert reader.read().firewall is None
    counts = {
        "ALL": {"AllowedRequests": 90, "BlockedRequests": 7, "CountedRequests": 5},
        "RateLimit": {"BlockedRequests": 7, "CountedRequests": 2},
        "Common": {"CountedRequests": 3},
        "Quiet": {"CountedRequests": 0},
        "Default_Action": {"AllowedRequests": 90},
    }
    files = FirewallFiles(state_dir.firewall)
    files.folder.mkdir()
    files.counts.write_text(json.dumps({"started": 1.0, "web_acl": "acl", "counts": counts}))
    found = reader.read().firewall
    assert found
    assert (found.started, found.allowed, found.blocked, found.counted) == (1.0, 90, 7, 5)
    assert found.by_rule == {"RateLimit": 9, "Common": 3}


def test_a_cloud_that_was_started_anew_is_read_in_place_of_the_one_before(
    state_dir: StateDir, reader: CloudReader, monkeypatch: pytest.MonkeyPatch
):
    closed: list[str] = []

    def start(fleet: FleetReader) -> None:
        fleet.latest = FleetReading(instance_type=fleet.identity.balancer_url)

    def close(envoy: ZonalEnvoy) -> None:
        closed.append(envoy.zone)

    monkeypatch.setattr(FleetReader, "start", start)
    monkeypatch.setattr(ZonalEnvoy, "close", close)
    state_dir.balancer.mkdir()
    state_dir.zones.write_text(json.dumps(["us-east-1a"]))

    def read() -> tuple[str, str, list[str]]:
        found = reader.read()
        assert found.fleet
        return found.url, found.fleet.instance_type, closed

    before = "http://127.0.0.1:2"
    assert read() == read() == (before, before, [])
    processes.stop([found.process for found in processes.find(state_dir.home)], grace=5)
    now = "http://127.0.0.1:3"
    identity = Identity("dev", "us-east-1", "http://127.0.0.1:1", now, str(state_dir.key_file))
    processes.start(
        ["/bin/sleep", "600"],
        home=state_dir.home,
        role="controller",
        log=state_dir.logs / "controller.log",
        environment=identity.environment(),
    )
    until(lambda: processes.find(state_dir.home))
    assert read() == (now, now, ["us-east-1a"])


def test_a_cloud_that_has_ended_is_a_reading_without_its_parts(state_dir: StateDir, reader: CloudReader):
    assert reader.read().url == "http://127.0.0.1:2"
    processes.stop([found.process for found in processes.find(state_dir.home)], grace=5)
    assert (reader.read().url, reader.read().instances) == ("", ())
