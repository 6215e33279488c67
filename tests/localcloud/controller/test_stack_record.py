"""Records from which a lost LocalStack is provisioned again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.aws.clients import Api
from localcloud.controller.aws_queries import GroupDescription, ListedInstance
from localcloud.controller.scaling.target_tracking import CapacityLimits
from localcloud.controller.stack_record import FleetRecord, StackRecord, restore_fleet
from localcloud.load_balancer.description import LoadBalancerDescription
from tests.stubbed import stub

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stubbed import Answers


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


def test_targets_of_before_are_registered_again_and_new_ones_stay():
    # i-1 was registered and is not, i-2 was not and is; i-3 is dead, i-new takes its place.
    fleet = FleetRecord(
        zones={"i-1": "a", "i-2": "a", "i-3": "b"}, registered=["i-1", "i-3"], maximum=4, desired=3
    )
    api = Api("http://127.0.0.1:1", "eu-west-1")
    sizes = {"AutoScalingGroupName": "fleet", "MinSize": 0, "MaxSize": 4, "DesiredCapacity": 3}
    autoscaling = stub(api.client("autoscaling"), [("update_auto_scaling_group", sizes, {})] * 2)
    arn: dict[str, Any] = {"TargetGroupArn": "arn"}
    health = [{"Target": {"Id": name}} for name in ("i-2", "i-new")]
    elbv2 = stub(
        api.client("elbv2"),
        [
            ("describe_target_health", arn, {"TargetHealthDescriptions": health}),
            ("register_targets", arn | {"Targets": [{"Id": "i-1"}]}, {}),
            ("deregister_targets", arn | {"Targets": [{"Id": "i-2"}]}, {}),
        ],
    )
    with autoscaling, elbv2:
        restore_fleet(api, "fleet", "arn", fleet, ["i-1", "i-2"])
        autoscaling.assert_no_pending_responses()
        elbv2.assert_no_pending_responses()


def test_a_fleet_is_adopted_whole_before_it_has_its_standby_its_protection_and_its_limits():
    # i-1 serves, i-2 was in standby, i-3 has left the group; each of the dead i-8 and i-9 has a successor.
    fleet = FleetRecord(
        zones={"i-1": "a", "i-2": "a", "i-8": "b"},
        standby=["i-2", "i-9"],
        protected=["i-1", "i-8"],
        detached={"i-3": "b", "i-9": "b"},
        minimum=1,
        maximum=2,
        desired=2,
        suspended=["AlarmNotification", "Terminate"],
    )
    api = Api("http://127.0.0.1:1", "eu-west-1")
    group: dict[str, Any] = {"AutoScalingGroupName": "fleet"}
    answers: Answers = [
        # Two more than it wants, and so above its maximum: one will be in standby, and one leaves.
        ("update_auto_scaling_group", group | {"MinSize": 1, "MaxSize": 4, "DesiredCapacity": 4}, {}),
        ("enter_standby", group | {"InstanceIds": ["i-2"], "ShouldDecrementDesiredCapacity": True}, {}),
        ("detach_instances", group | {"InstanceIds": ["i-3"], "ShouldDecrementDesiredCapacity": True}, {}),
        ("set_instance_protection", group | {"InstanceIds": ["i-1"], "ProtectedFromScaleIn": True}, {}),
        ("update_auto_scaling_group", group | {"MinSize": 1, "MaxSize": 2, "DesiredCapacity": 2}, {}),
        # Last: a suspended process would keep the group from getting there.
        ("suspend_processes", group | {"ScalingProcesses": ["AlarmNotification", "Terminate"]}, {}),
    ]
    with stub(api.client("autoscaling"), answers) as stubber:
        restore_fleet(api, "fleet", "arn", fleet, ["i-1", "i-2", "i-3"])
        stubber.assert_no_pending_responses()
