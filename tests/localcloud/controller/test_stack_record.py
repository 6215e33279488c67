"""Records from which a lost LocalStack is provisioned again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.controller.aws_queries import GroupDescription, ListedInstance
from localcloud.controller.scaling.target_tracking import CapacityLimits
from localcloud.controller.stack_record import FleetRecord, StackRecord
from localcloud.load_balancer.description import LoadBalancerDescription

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stack_is_read_as_it_was_saved(tmp_path: Path):
    record = StackRecord(
        project="iris",
        program="/infra",
        config={"aws:region": "eu-west-1"},
        file_config={},
        archives={"iris:archive": "/a.zip"},
    )
    assert StackRecord.read(tmp_path / "stack.json") is None
    record.save(tmp_path / "stack.json")
    assert StackRecord.read(tmp_path / "stack.json") == record


def test_a_fleet_is_recorded_with_its_zones_sizes_and_attributes_but_without_names_of_buckets(tmp_path: Path):
    group = GroupDescription(
        name="fleet",
        instances=[ListedInstance("i-1", "eu-west-1a", "lt-1", "1")],
        desired=1,
        limits=CapacityLimits(minimum=0, maximum=7),
        grace_period=0,
        warm_up=0,
        suspended=frozenset({"Terminate", "Launch"}),
    )
    described = LoadBalancerDescription(
        load_balancer_attributes={"idle_timeout.timeout_seconds": "60", "access_logs.s3.bucket": "logs-1"},
        target_group={},  # pyright: ignore[reportArgumentType] - none of it is recorded
        target_group_attributes={"slow_start.duration_seconds": "30"},
        rules=[],
    )
    record = FleetRecord.of(group, described, {"i-1", "i-2"}, {"i-2": "eu-west-1b"})
    assert record == FleetRecord(
        zones={"i-1": "eu-west-1a"},
        detached={"i-2": "eu-west-1b"},
        registered=["i-1", "i-2"],
        minimum=0,
        maximum=7,
        desired=1,
        suspended=["Launch", "Terminate"],
        load_balancer_attributes={"idle_timeout.timeout_seconds": "60"},
        target_group_attributes={"slow_start.duration_seconds": "30"},
    )
    assert FleetRecord.read(tmp_path / "fleet.json") is None
    record.save(tmp_path / "fleet.json")
    assert FleetRecord.read(tmp_path / "fleet.json") == record
