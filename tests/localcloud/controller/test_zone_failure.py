"""Failure of a zone, with other programs as its instance and as its Envoy."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from localcloud import processes
from localcloud.controller import instances
from localcloud.controller.stack_record import FleetRecord
from localcloud.controller.zone_failure import ZoneError, lose_zone, restore_zone
from localcloud.load_balancer.zonal_envoy import ZONE
from localcloud.load_balancer.zones import lost_zones
from localcloud.state_dir import StateDir
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil

    from localcloud.processes import Role


def start(state_dir: StateDir, role: Role, **environment: str) -> psutil.Process:
    return processes.start(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        home=state_dir.home,
        role=role,
        log=state_dir.logs / f"{role}.log",
        environment=environment,
    )


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    """Folder of a cloud with two zones, each with an instance."""
    state_dir = StateDir(tmp_path)
    state_dir.balancer.mkdir()
    state_dir.zones.write_text(json.dumps(["zone-a", "zone-b"]))
    FleetRecord(zones={"i-1": "zone-a", "i-2": "zone-b"}).save(state_dir.fleet_record)
    yield state_dir
    processes.stop([found.process for found in processes.find(tmp_path)], grace=0)


def test_a_lost_zone_takes_its_instance_and_its_envoy_with_it(state_dir: StateDir):
    dying = [
        start(state_dir, "instance", **{instances.INSTANCE_ID: "i-1"}),
        start(state_dir, "balancer", **{ZONE: "zone-a"}),
    ]
    living = [
        start(state_dir, "instance", **{instances.INSTANCE_ID: "i-2"}),
        start(state_dir, "balancer", **{ZONE: "zone-b"}),
        start(state_dir, "controller"),
    ]
    assert lose_zone(state_dir, "zone-a") == 2
    until(lambda: not any(processes.is_alive(process) for process in dying))
    assert all(processes.is_alive(process) for process in living)
    assert lost_zones(state_dir) == {"zone-a"}
    restore_zone(state_dir, "zone-a")
    assert lost_zones(state_dir) == set()


def test_a_zone_that_does_not_exist_or_is_the_last_one_cannot_be_lost(state_dir: StateDir):
    with pytest.raises(ZoneError, match="there is no zone zone-c, only zone-a, zone-b"):
        lose_zone(state_dir, "zone-c")
    assert lose_zone(state_dir, "zone-a") == 0
    with pytest.raises(ZoneError, match="zone-b is the last zone"):
        lose_zone(state_dir, "zone-b")
    assert lost_zones(state_dir) == {"zone-a"}


def test_only_a_lost_zone_can_be_restored(state_dir: StateDir):
    with pytest.raises(ZoneError, match="zone-a is not lost"):
        restore_zone(state_dir, "zone-a")


def test_a_zone_that_is_restored_leaves_another_one_lost(state_dir: StateDir):
    state_dir.zones.write_text(json.dumps(["zone-a", "zone-b", "zone-c"]))
    lose_zone(state_dir, "zone-a")
    lose_zone(state_dir, "zone-b")
    restore_zone(state_dir, "zone-a")
    assert lost_zones(state_dir) == {"zone-b"}


def test_no_zone_can_be_lost_of_a_cloud_that_is_down(tmp_path: Path):
    with pytest.raises(ZoneError, match="no local cloud with zones runs here"):
        lose_zone(StateDir(tmp_path), "zone-a")
