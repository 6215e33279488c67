"""Standby, attachment, protection and suspended processes of an Auto Scaling group.

Expected behaviour from the EC2 Auto Scaling user guide: "Temporarily remove instances", "Detach or attach
instances", "Use instance scale-in protection" and "How suspended processes affect other processes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.localstack.fleet import image

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.localstack.fleet import FleetResources


def autoscaling(fleet: FleetResources) -> Any:
    return fleet.localstack.client("autoscaling")


def resize(fleet: FleetResources, group: str, size: int) -> None:
    autoscaling(fleet).set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=size)


def protect(fleet: FleetResources, group: str, ids: list[str], *, protected: bool) -> None:
    autoscaling(fleet).set_instance_protection(
        AutoScalingGroupName=group, InstanceIds=ids, ProtectedFromScaleIn=protected
    )


def states(fleet: FleetResources, group: str) -> dict[str, str]:
    """Return the lifecycle state of each instance, by its id."""
    return {each["InstanceId"]: each["LifecycleState"] for each in fleet.describe(group)["Instances"]}


def marks(fleet: FleetResources, group: str) -> dict[str, str]:
    """Return the health status of each instance, by its id."""
    return {each["InstanceId"]: each["HealthStatus"] for each in fleet.describe(group)["Instances"]}


def test_a_group_whose_instances_were_all_protected_shrinks_when_one_is_released(fleet: FleetResources):
    group = fleet.make_group(3)
    ids = sorted(fleet.zones(group))
    protect(fleet, group, ids, protected=True)
    resize(fleet, group, 2)
    assert sorted(fleet.zones(group)) == ids
    protect(fleet, group, [ids[1]], protected=False)
    assert sorted(fleet.zones(group)) == [ids[0], ids[2]]
    protect(fleet, group, [ids[0]], protected=False)
    assert sorted(fleet.zones(group)) == [ids[0], ids[2]]


def test_an_instance_in_standby_is_no_target_and_is_replaced_unless_the_capacity_shrinks(
    fleet: FleetResources,
):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    client = autoscaling(fleet)

    client.enter_standby(AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True)
    assert states(fleet, group) == {first: "Standby", second: "InService"}
    assert fleet.health().keys() == {second}
    assert fleet.describe(group)["DesiredCapacity"] == 1

    answer = client.exit_standby(AutoScalingGroupName=group, InstanceIds=[first])
    assert "increasing the capacity from 1 to 2" in answer["Activities"][0]["Cause"]
    assert states(fleet, group) == {first: "InService", second: "InService"}
    assert fleet.health().keys() == {first, second}

    client.enter_standby(
        AutoScalingGroupName=group, InstanceIds=[second], ShouldDecrementDesiredCapacity=False
    )
    now = states(fleet, group)
    assert sorted(now.values()) == ["InService", "InService", "Standby"]
    assert fleet.health().keys() == now.keys() - {second}


def test_the_capacity_has_shrunk_already_when_an_instance_in_standby_is_detached(fleet: FleetResources):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    for leave in (enter_standby, detach):
        leave(autoscaling(fleet), group, first)
        assert fleet.describe(group)["DesiredCapacity"] == 1
    assert states(fleet, group) == {second: "InService"}


def test_an_unhealthy_instance_in_standby_is_kept(fleet: FleetResources):
    group = fleet.make_group(2)
    first, _ = fleet.zones(group)
    client = autoscaling(fleet)
    client.enter_standby(AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True)
    client.set_instance_health(InstanceId=first, HealthStatus="Unhealthy")
    assert states(fleet, group)[first] == "Standby"


def test_a_detached_instance_runs_on_without_its_group_and_can_be_attached_again(fleet: FleetResources):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    template = fleet.describe(group)["Instances"][0]["LaunchTemplate"]
    client = autoscaling(fleet)

    client.detach_instances(
        AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True
    )
    assert fleet.zones(group).keys() == fleet.health().keys() == {second}
    assert fleet.instance(first)["State"]["Name"] == "running"
    assert "aws:autoscaling:groupName" not in {tag["Key"] for tag in fleet.instance(first)["Tags"]}

    client.attach_instances(AutoScalingGroupName=group, InstanceIds=[first])
    described = fleet.describe(group)
    assert described["DesiredCapacity"] == 2
    assert {each["InstanceId"]: each.get("LaunchTemplate") for each in described["Instances"]} == {
        first: template,
        second: template,
    }
    assert fleet.health().keys() == {first, second}
    with pytest.raises(ClientError, match=f"{first} is already part of Auto Scaling group {group}"):
        client.attach_instances(AutoScalingGroupName=group, InstanceIds=[first])


# "Temporarily remove instances": a terminated instance in standby is reported as healthy until it is put back
# in service; then it is replaced.
@pytest.mark.parametrize("operation", ["terminate_instances", "stop_instances"])
def test_an_instance_that_ends_in_standby_is_replaced_only_when_it_is_put_back_in_service(
    fleet: FleetResources, operation: str
):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    client = autoscaling(fleet)
    client.enter_standby(AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True)
    getattr(fleet.localstack.client("ec2"), operation)(InstanceIds=[first])
    assert states(fleet, group) == {first: "Standby", second: "InService"}
    assert marks(fleet, group)[first] == "Healthy"
    client.exit_standby(AutoScalingGroupName=group, InstanceIds=[first])
    now = states(fleet, group)
    assert [*now.values()] == ["InService", "InService"]
    assert first not in now
    assert fleet.health().keys() == now.keys()


def test_an_instance_that_was_stopped_and_started_in_standby_serves_again(fleet: FleetResources):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    client, ec2 = autoscaling(fleet), fleet.localstack.client("ec2")
    client.enter_standby(AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True)
    ec2.stop_instances(InstanceIds=[first])
    ec2.start_instances(InstanceIds=[first])
    client.exit_standby(AutoScalingGroupName=group, InstanceIds=[first])
    assert states(fleet, group) == {first: "InService", second: "InService"}


def test_a_start_or_a_reboot_that_no_process_would_follow_is_refused(fleet: FleetResources):
    group = fleet.make_group(1)
    (first,) = fleet.zones(group)
    ec2 = fleet.localstack.client("ec2")
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        ec2.reboot_instances(InstanceIds=[first])
    autoscaling(fleet).detach_instances(
        AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True
    )
    with pytest.raises(ClientError, match=f"UnsupportedOperation.*{first}"):
        ec2.start_instances(InstanceIds=[first])


def test_an_instance_in_standby_can_be_protected_and_released(fleet: FleetResources):
    group = fleet.make_group(1)
    (first,) = fleet.zones(group)
    autoscaling(fleet).enter_standby(
        AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True
    )
    for protected in (True, False):
        protect(fleet, group, [first], protected=protected)
        assert fleet.describe(group)["Instances"][0]["ProtectedFromScaleIn"] is protected


# "Detach or attach instances": a running instance of a zone of the group, which need not be of its template.
def test_an_instance_that_was_run_by_its_template_can_be_attached_and_another_one_is_refused(
    fleet: FleetResources,
):
    group = fleet.make_group(1)
    client, ec2 = autoscaling(fleet), fleet.localstack.client("ec2")

    def run(**parameters: Any) -> str:
        zone, subnet = next(iter(fleet.subnets.items()))
        own = {"MinCount": 1, "MaxCount": 1, "SubnetId": subnet, "Placement": {"AvailabilityZone": zone}}
        return ec2.run_instances(**own, **parameters)["Instances"][0]["InstanceId"]

    plain = run(ImageId=image(fleet.localstack))
    with pytest.raises(ClientError, match=f"{plain} has no launch template"):
        client.attach_instances(AutoScalingGroupName=group, InstanceIds=[plain])
    templated = run(LaunchTemplate={"LaunchTemplateId": fleet.template, "Version": "1"})
    ec2.stop_instances(InstanceIds=[(stopped := run(LaunchTemplate={"LaunchTemplateId": fleet.template}))])
    with pytest.raises(ClientError, match=f"{stopped} is not in correct state: it is stopped"):
        client.attach_instances(AutoScalingGroupName=group, InstanceIds=[stopped])
    client.attach_instances(AutoScalingGroupName=group, InstanceIds=[templated])
    (member,) = [each for each in fleet.describe(group)["Instances"] if each["InstanceId"] == templated]
    assert member["LaunchTemplate"]["LaunchTemplateId"] == fleet.template
    assert member["LaunchTemplate"]["Version"] == "1"
    assert templated in fleet.health()


def test_an_instance_of_a_zone_that_the_group_does_not_use_is_not_attached(fleet: FleetResources):
    zone, other = fleet.subnets
    group = fleet.make_group(0, VPCZoneIdentifier=fleet.subnets[zone])
    (stranger,) = fleet.zones(donor := fleet.make_group(1, VPCZoneIdentifier=fleet.subnets[other]))
    client = autoscaling(fleet)
    client.detach_instances(
        AutoScalingGroupName=donor, InstanceIds=[stranger], ShouldDecrementDesiredCapacity=True
    )
    with pytest.raises(ClientError, match=f"{stranger} is in {other}"):
        client.attach_instances(AutoScalingGroupName=group, InstanceIds=[stranger])


def test_an_instance_that_is_detached_without_a_smaller_capacity_is_replaced(fleet: FleetResources):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    autoscaling(fleet).detach_instances(
        AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=False
    )
    now = fleet.zones(group).keys()
    assert len(now) == 2
    assert first not in now
    assert second in now


def enter_standby(client: Any, group: str, instance: str) -> None:
    client.enter_standby(
        AutoScalingGroupName=group, InstanceIds=[instance], ShouldDecrementDesiredCapacity=True
    )


def detach(client: Any, group: str, instance: str) -> None:
    client.detach_instances(
        AutoScalingGroupName=group, InstanceIds=[instance], ShouldDecrementDesiredCapacity=True
    )


@pytest.mark.parametrize("leave", [enter_standby, detach])
def test_no_instance_leaves_below_the_minimum(fleet: FleetResources, leave: Callable[[Any, str, str], None]):
    group = fleet.make_group(2, MinSize=2)
    first, _ = fleet.zones(group)
    with pytest.raises(ClientError, match="min-size=2, max-size=6, and desired-size=2"):
        leave(autoscaling(fleet), group, first)
    assert set(states(fleet, group).values()) == {"InService"}


def test_an_instance_that_was_deregistered_by_hand_stays_so_when_the_group_grows(fleet: FleetResources):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    targets = {"TargetGroupArn": fleet.target_group, "Targets": [{"Id": first}]}
    elbv2 = fleet.localstack.client("elbv2")
    elbv2.deregister_targets(**targets)
    resize(fleet, group, 3)
    (third,) = fleet.zones(group).keys() - {first, second}
    assert fleet.health().keys() == {second, third}
    elbv2.register_targets(**targets)
    assert fleet.health().keys() == {first, second, third}


def suspend(fleet: FleetResources, group: str, *names: str) -> None:
    autoscaling(fleet).suspend_processes(AutoScalingGroupName=group, ScalingProcesses=list(names))


def resume(fleet: FleetResources, group: str, *names: str) -> None:
    autoscaling(fleet).resume_processes(AutoScalingGroupName=group, ScalingProcesses=list(names))


@pytest.mark.parametrize(("process", "size"), [("Launch", 3), ("Terminate", 1)])
def test_a_group_keeps_its_instances_while_the_process_is_suspended_and_catches_up(
    fleet: FleetResources, process: str, size: int
):
    group = fleet.make_group(2)
    suspend(fleet, group, process)
    resize(fleet, group, size)
    assert len(fleet.zones(group)) == 2
    assert fleet.describe(group)["DesiredCapacity"] == size
    resume(fleet, group, process)
    assert len(fleet.zones(group)) == size


@pytest.mark.parametrize("process", ["ReplaceUnhealthy", "Terminate"])
def test_an_instance_that_was_marked_meanwhile_is_replaced_when_the_process_is_resumed(
    fleet: FleetResources, process: str
):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    suspend(fleet, group, process)
    autoscaling(fleet).set_instance_health(InstanceId=first, HealthStatus="Unhealthy")
    assert fleet.zones(group).keys() == {first, second}
    resume(fleet, group, process)
    now = fleet.zones(group).keys()
    assert len(now) == 2
    assert first not in now


@pytest.mark.parametrize("operation", ["terminate_instances", "stop_instances"])
@pytest.mark.parametrize(
    ("process", "mark"),
    [("HealthCheck", "Healthy"), ("ReplaceUnhealthy", "Unhealthy"), ("Terminate", "Unhealthy")],
)
def test_an_instance_that_ends_in_ec2_is_replaced_when_the_process_is_resumed(
    fleet: FleetResources, process: str, mark: str, operation: str
):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    suspend(fleet, group, process)
    getattr(fleet.localstack.client("ec2"), operation)(InstanceIds=[first])
    assert marks(fleet, group) == {first: mark, second: "Healthy"}
    resume(fleet, group, process)
    now = fleet.zones(group).keys()
    assert len(now) == 2
    assert first not in now


def test_no_instance_is_attached_while_launches_are_suspended(fleet: FleetResources):
    group = fleet.make_group(2)
    first, _ = fleet.zones(group)
    suspend(fleet, group, "Launch", "Terminate")
    client = autoscaling(fleet)
    client.detach_instances(
        AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True
    )
    with pytest.raises(ClientError, match="Launch process is suspended"):
        client.attach_instances(AutoScalingGroupName=group, InstanceIds=[first])
    resume(fleet, group, "Launch")
    client.attach_instances(AutoScalingGroupName=group, InstanceIds=[first])
    assert len(fleet.zones(group)) == 2


def test_an_unhealthy_instance_is_terminated_without_a_successor_until_launches_are_resumed(
    fleet: FleetResources,
):
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    suspend(fleet, group, "Launch")
    autoscaling(fleet).set_instance_health(InstanceId=first, HealthStatus="Unhealthy")
    assert fleet.zones(group).keys() == {second}
    resume(fleet, group, "Launch")
    assert len(fleet.zones(group)) == 2


def test_instances_that_are_launched_while_registration_is_suspended_stay_unregistered(
    fleet: FleetResources,
):
    group = fleet.make_group(1)
    (first,) = fleet.zones(group)
    suspend(fleet, group, "AddToLoadBalancer")
    resize(fleet, group, 2)
    assert fleet.health().keys() == {first}
    resume(fleet, group, "AddToLoadBalancer")
    assert fleet.health().keys() == {first}
    resize(fleet, group, 3)
    assert len(fleet.health()) == 2


def test_every_process_can_be_suspended_at_once_and_an_unknown_one_is_refused(fleet: FleetResources):
    group = fleet.make_group(1)
    with pytest.raises(ClientError, match="HealthChecks is not a valid process"):
        suspend(fleet, group, "HealthChecks")
    autoscaling(fleet).suspend_processes(AutoScalingGroupName=group)
    assert len(fleet.describe(group)["SuspendedProcesses"]) == 9
    autoscaling(fleet).resume_processes(AutoScalingGroupName=group)
    assert fleet.describe(group)["SuspendedProcesses"] == []


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"MinSize": 4, "MaxSize": 3}, "Max bound, 3, must be greater than or equal to min bound, 4"),
        ({"MinSize": 3, "DesiredCapacity": 2}, "Desired capacity:2 must be between the specified min size:3"),
    ],
)
def test_sizes_that_contradict_each_other_are_refused(
    fleet: FleetResources, sizes: dict[str, int], message: str
):
    group = fleet.make_group(2)
    with pytest.raises(ClientError, match=message):
        autoscaling(fleet).update_auto_scaling_group(AutoScalingGroupName=group, **sizes)
    assert len(fleet.zones(group)) == 2


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [({"MinSize": 3}, 3), ({"MaxSize": 1}, 1), ({"MaxSize": 5}, 2), ({"MinSize": 3, "MaxSize": 3}, 3)],
)
def test_the_desired_capacity_follows_a_limit_that_passes_it(
    fleet: FleetResources, sizes: dict[str, int], expected: int
):
    group = fleet.make_group(2)
    autoscaling(fleet).update_auto_scaling_group(AutoScalingGroupName=group, **sizes)
    assert fleet.describe(group)["DesiredCapacity"] == len(fleet.zones(group)) == expected


def test_a_lifecycle_action_that_nothing_waits_for_is_refused(fleet: FleetResources):
    group = fleet.make_group(1)
    (first,) = fleet.zones(group)
    with pytest.raises(ClientError, match=f"No active Lifecycle Action found with instance ID {first}"):
        autoscaling(fleet).complete_lifecycle_action(
            AutoScalingGroupName=group,
            LifecycleHookName="ready",
            InstanceId=first,
            LifecycleActionResult="CONTINUE",
        )
