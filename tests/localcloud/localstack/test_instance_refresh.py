"""Instance refreshes of EC2 Auto Scaling."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from scripts.rollout.alarm_watch import AlarmWatch
from scripts.rollout.fleet_rollout import FleetRollout, RefreshTimeouts
from scripts.rollout.rollout_plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.localstack.fleet import FleetResources

TIMEOUT = 30.0
"""Maximum seconds of each step."""

DOUBLE = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "InstanceWarmup": 0}


def until(happens: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + TIMEOUT
    while not (found := happens()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def newer(fleet: FleetResources) -> str:
    """Create a new version of the launch template and return its number."""
    created = fleet.localstack.client("ec2").create_launch_template_version(
        LaunchTemplateId=fleet.template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.medium"}
    )
    return str(created["LaunchTemplateVersion"]["VersionNumber"])


def start(fleet: FleetResources, group: str, version: str | None, **preferences: Any) -> str:
    desired: dict[str, Any] = {}
    if version is not None:
        template = {"LaunchTemplateId": fleet.template, "Version": version}
        desired = {"DesiredConfiguration": {"LaunchTemplate": template}}
    answer = fleet.localstack.client("autoscaling").start_instance_refresh(
        AutoScalingGroupName=group, Preferences=DOUBLE | preferences, **desired
    )
    return answer["InstanceRefreshId"]


def latest(fleet: FleetResources, group: str) -> dict[str, Any]:
    client = fleet.localstack.client("autoscaling")
    return client.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"][0]


def ended(fleet: FleetResources, group: str) -> dict[str, Any]:
    return until(lambda: (refresh := latest(fleet, group)) and "EndTime" in refresh and refresh)


def versions(fleet: FleetResources, group: str) -> dict[str, str]:
    """Return the template version of each instance, by its id."""
    instances = fleet.describe(group)["Instances"]
    return {each["InstanceId"]: each["LaunchTemplate"]["Version"] for each in instances}


def report_healthy(fleet: FleetResources, *instance_ids: str) -> None:
    fleet.localstack.tell_health(json.dumps({each: {"state": "healthy"} for each in instance_ids}))


def wait_for_several_steps(fleet: FleetResources) -> None:
    """Wait for several steps of the refreshes in progress, until a new one with a bake time has ended."""
    bystander = fleet.make_group(0)
    start(fleet, bystander, "1", BakeTime=1)
    assert ended(fleet, bystander)["Status"] == "Successful"


def launched(fleet: FleetResources, group: str) -> dict[str, str]:
    """Return the state of every instance that a group ever had, by its id."""
    of_group = [{"Name": "tag:aws:autoscaling:groupName", "Values": [group]}]
    found = fleet.localstack.client("ec2").describe_instances(Filters=of_group)["Reservations"]
    return {
        instance["InstanceId"]: instance["State"]["Name"]
        for reservation in found
        for instance in reservation["Instances"]
    }


def refuses(code: str) -> pytest.RaisesExc[ClientError]:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def test_successors_are_in_service_before_any_predecessor_is_terminated(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    old = versions(fleet, group).keys()
    report_healthy(fleet, *old)

    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)
    wait_for_several_steps(fleet)

    assert versions(fleet, group).keys() > old
    assert latest(fleet, group)["Status"] == "InProgress"
    assert latest(fleet, group)["PercentageComplete"] == 0
    assert fleet.describe(group)["DesiredCapacity"] == 2
    assert fleet.describe(group)["LaunchTemplate"]["Version"] == "1"

    report_healthy(fleet, *versions(fleet, group))
    refresh = ended(fleet, group)

    assert refresh["Status"] == "Successful"
    assert refresh["PercentageComplete"] == 100
    assert set(versions(fleet, group).values()) == {version}
    assert len(versions(fleet, group)) == 2
    assert not versions(fleet, group).keys() & old
    assert fleet.describe(group)["LaunchTemplate"]["Version"] == version
    assert fleet.health().keys() == versions(fleet, group).keys()


def test_each_predecessor_is_terminated_when_a_successor_is_in_service(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    old = list(versions(fleet, group))
    report_healthy(fleet, *old)

    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)
    first = next(each for each in versions(fleet, group) if each not in old)
    report_healthy(fleet, *old, first)

    until(lambda: len(versions(fleet, group)) == 3)
    assert latest(fleet, group)["PercentageComplete"] == 50
    assert latest(fleet, group)["InstancesToUpdate"] == 1


def test_a_successor_does_not_count_before_its_warmup(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    version = newer(fleet)
    start(fleet, group, version, InstanceWarmup=2)
    until(lambda: len(versions(fleet, group)) == 2)
    begun = time.monotonic()
    report_healthy(fleet, *versions(fleet, group))

    assert ended(fleet, group)["Status"] == "Successful"
    assert time.monotonic() - begun > 1.5


def test_with_no_room_for_more_instances_they_are_replaced_one_by_one(fleet: FleetResources) -> None:
    group = fleet.make_group(3)
    version = newer(fleet)
    old = list(versions(fleet, group))
    report_healthy(fleet, *old)

    start(fleet, group, version, MaxHealthyPercentage=100)
    until(lambda: version in versions(fleet, group).values())
    wait_for_several_steps(fleet)

    assert sorted(versions(fleet, group).values()) == ["1", "1", version]
    while latest(fleet, group)["Status"] == "InProgress":
        # A terminated instance makes room for its successor: one is missing for a moment, but never two.
        assert len(versions(fleet, group)) in {2, 3}
        report_healthy(fleet, *versions(fleet, group))
    assert set(versions(fleet, group).values()) == {version}


def test_replaced_one_by_one_instances_stay_balanced_over_zones(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    report_healthy(fleet, *versions(fleet, group))
    start(fleet, group, newer(fleet), MaxHealthyPercentage=150)

    def over() -> bool:
        report_healthy(fleet, *versions(fleet, group))
        return "EndTime" in latest(fleet, group)

    until(over)
    assert set(fleet.zones(group).values()) == set(fleet.subnets)


def test_instances_that_already_match_are_kept(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    before = versions(fleet, group)
    report_healthy(fleet, *before)

    start(fleet, group, "1", SkipMatching=True)

    refresh = ended(fleet, group)
    assert refresh["Status"] == "Successful"
    assert refresh["PercentageComplete"] == 100
    assert versions(fleet, group) == before


def test_a_refresh_pauses_at_its_checkpoints(fleet: FleetResources) -> None:
    group = fleet.make_group(4)
    version = newer(fleet)
    # All four have successors only after the pause.
    start(fleet, group, version, CheckpointPercentages=[25, 100], CheckpointDelay=3)
    until(lambda: len(versions(fleet, group)) == 5)
    report_healthy(fleet, *versions(fleet, group))

    until(lambda: len(versions(fleet, group)) == 7)
    assert latest(fleet, group)["PercentageComplete"] == 25
    client = fleet.localstack.client("autoscaling")
    activities = client.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    kinds = [each["Description"].partition(" ")[0] for each in activities]
    # Latest first: after the first four, one was replaced, and after the pause three more are launched.
    assert kinds == [*["Launching"] * 3, "Terminating", *["Launching"] * 5]
    assert activities[2]["StartTime"] - activities[3]["StartTime"] >= timedelta(seconds=3)
    report_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "Successful"
    assert list(versions(fleet, group).values()) == [version] * 4


def test_a_rollback_restores_the_group(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    old = list(versions(fleet, group))
    report_healthy(fleet, *old)
    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)
    first = next(each for each in versions(fleet, group) if each not in old)
    report_healthy(fleet, *old, first)
    until(lambda: len(versions(fleet, group)) == 3)

    fleet.localstack.client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=group)

    refresh = latest(fleet, group)
    assert refresh["Status"] == "RollbackInProgress"
    assert refresh["RollbackDetails"]["PercentageCompleteOnRollback"] == 50
    assert refresh["RollbackDetails"]["InstancesToUpdateOnRollback"] == 1
    # The terminated instance is replaced before its successor is terminated.
    until(lambda: sorted(versions(fleet, group).values()) == ["1", "1", version])
    report_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "RollbackSuccessful"
    assert list(versions(fleet, group).values()) == ["1", "1"]
    assert fleet.describe(group)["LaunchTemplate"]["Version"] == "1"
    resized = fleet.localstack.client("autoscaling")
    resized.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)
    assert list(versions(fleet, group).values()) == ["1", "1", "1"]


def test_a_refresh_can_be_rolled_back_during_its_bake_time(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    old = versions(fleet, group)
    report_healthy(fleet, *old)
    version = newer(fleet)
    start(fleet, group, version, BakeTime=60)
    until(lambda: len(versions(fleet, group)) == 2)
    report_healthy(fleet, *versions(fleet, group))
    until(lambda: latest(fleet, group)["Status"] == "Baking")
    assert list(versions(fleet, group).values()) == [version]

    fleet.localstack.client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=group)

    until(lambda: len(versions(fleet, group)) == 2)
    report_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "RollbackSuccessful"
    assert list(versions(fleet, group).values()) == ["1"]


def test_a_cancelled_refresh_replaces_no_more_instances(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    old = versions(fleet, group)
    report_healthy(fleet, *old)
    start(fleet, group, newer(fleet))
    until(lambda: len(versions(fleet, group)) == 4)

    fleet.localstack.client("autoscaling").cancel_instance_refresh(AutoScalingGroupName=group)

    assert latest(fleet, group)["Status"] == "Cancelled"
    assert versions(fleet, group) == old


def test_a_cancelled_refresh_keeps_the_successors_that_serve(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    old = list(versions(fleet, group))
    report_healthy(fleet, *old)
    start(fleet, group, newer(fleet))
    until(lambda: len(versions(fleet, group)) == 4)
    ready, late = (each for each in versions(fleet, group) if each not in old)
    report_healthy(fleet, *old, ready)
    until(lambda: len(versions(fleet, group)) == 3)

    fleet.localstack.client("autoscaling").cancel_instance_refresh(AutoScalingGroupName=group)

    assert ready in versions(fleet, group)
    assert late not in versions(fleet, group)


def test_an_instance_that_dies_during_a_refresh_is_replaced_in_the_new_version(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    victim, *_ = old = list(versions(fleet, group))
    report_healthy(fleet, *old)
    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)

    fleet.localstack.client("autoscaling").set_instance_health(
        InstanceId=victim, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )

    assert sorted(versions(fleet, group).values()) == ["1", version, version, version]
    report_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "Successful"
    assert list(versions(fleet, group).values()) == [version, version]


def test_a_group_can_be_resized_during_a_refresh(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    version = newer(fleet)
    report_healthy(fleet, *versions(fleet, group))
    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 2)

    fleet.localstack.client("autoscaling").set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)

    assert sorted(versions(fleet, group).values()) == ["1", version, version, version]
    report_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "Successful"
    assert list(versions(fleet, group).values()) == [version] * 3


def suspend(fleet: FleetResources, group: str, process: str) -> None:
    fleet.localstack.client("autoscaling").suspend_processes(
        AutoScalingGroupName=group, ScalingProcesses=[process]
    )


def resume(fleet: FleetResources, group: str) -> None:
    fleet.localstack.client("autoscaling").resume_processes(AutoScalingGroupName=group)


# User guide, "How suspended processes affect other processes".
@pytest.mark.parametrize("process", ["InstanceRefresh", "Launch", "Terminate"])
def test_a_refresh_pauses_while_the_process_is_suspended(fleet: FleetResources, process: str) -> None:
    group = fleet.make_group(2, TargetGroupARNs=None)
    version, old = newer(fleet), versions(fleet, group)
    suspend(fleet, group, process)
    start(fleet, group, version)
    wait_for_several_steps(fleet)
    assert versions(fleet, group) == old
    assert latest(fleet, group)["Status"] == "InProgress"
    resume(fleet, group)
    assert ended(fleet, group)["Status"] == "Successful"
    assert not versions(fleet, group).keys() & old.keys()


def protect(fleet: FleetResources, group: str, instance: str, *, protected: bool) -> None:
    fleet.localstack.client("autoscaling").set_instance_protection(
        AutoScalingGroupName=group, InstanceIds=[instance], ProtectedFromScaleIn=protected
    )


def test_by_default_a_refresh_waits_for_the_release_of_protected_instances(fleet: FleetResources) -> None:
    group = fleet.make_group(2, TargetGroupARNs=None)
    version, (first, second) = newer(fleet), versions(fleet, group)
    protect(fleet, group, first, protected=True)
    start(fleet, group, version)
    until(lambda: second not in versions(fleet, group))
    wait_for_several_steps(fleet)
    assert sorted(versions(fleet, group).values()) == sorted(["1", version])
    assert latest(fleet, group)["PercentageComplete"] == 50
    protect(fleet, group, first, protected=False)
    assert ended(fleet, group)["Status"] == "Successful"
    assert first not in versions(fleet, group)


@pytest.mark.parametrize(("behavior", "stays"), [("Ignore", True), ("Refresh", False)])
def test_a_refresh_leaves_or_replaces_protected_instances_as_its_preferences_say(
    fleet: FleetResources, behavior: str, *, stays: bool
) -> None:
    group = fleet.make_group(2, TargetGroupARNs=None)
    version, (first, second) = newer(fleet), versions(fleet, group)
    protect(fleet, group, first, protected=True)
    start(fleet, group, version, ScaleInProtectedInstances=behavior)
    assert ended(fleet, group)["Status"] == "Successful"
    after = versions(fleet, group)
    assert len(after) == 2
    assert second not in after
    assert (first in after) is stays


def enter_standby(fleet: FleetResources, group: str, instance: str) -> None:
    fleet.localstack.client("autoscaling").enter_standby(
        AutoScalingGroupName=group, InstanceIds=[instance], ShouldDecrementDesiredCapacity=True
    )


def test_by_default_a_refresh_waits_for_instances_in_standby_and_replaces_them(fleet: FleetResources) -> None:
    group = fleet.make_group(2, TargetGroupARNs=None)
    version, (first, second) = newer(fleet), versions(fleet, group)
    enter_standby(fleet, group, first)
    start(fleet, group, version)
    until(lambda: second not in versions(fleet, group))
    wait_for_several_steps(fleet)
    assert latest(fleet, group)["Status"] == "InProgress"
    assert first in versions(fleet, group)
    fleet.localstack.client("autoscaling").exit_standby(AutoScalingGroupName=group, InstanceIds=[first])
    assert ended(fleet, group)["Status"] == "Successful"
    assert set(versions(fleet, group).values()) == {version}
    assert len(versions(fleet, group)) == 2


@pytest.mark.parametrize(("behavior", "stays"), [("Ignore", True), ("Terminate", False)])
def test_a_refresh_leaves_or_terminates_instances_in_standby_as_its_preferences_say(
    fleet: FleetResources, behavior: str, *, stays: bool
) -> None:
    group = fleet.make_group(2, TargetGroupARNs=None)
    version, (first, second) = newer(fleet), versions(fleet, group)
    enter_standby(fleet, group, first)
    start(fleet, group, version, StandbyInstances=behavior)
    assert ended(fleet, group)["Status"] == "Successful"
    after = versions(fleet, group)
    assert second not in after
    assert (first in after) is stays
    assert len(after) == 1 + stays


def test_only_one_refresh_runs_at_a_time(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    version = newer(fleet)
    first = start(fleet, group, version)

    with refuses("InstanceRefreshInProgress"):
        start(fleet, group, version)
    assert latest(fleet, group)["InstanceRefreshId"] == first


def test_the_deletion_of_a_group_ends_its_refresh(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    start(fleet, group, newer(fleet))
    until(lambda: len(versions(fleet, group)) == 2)
    instances = set(versions(fleet, group))

    fleet.clear()
    wait_for_several_steps(fleet)

    # The refresh launched no more instances either.
    left = launched(fleet, group)
    assert left.keys() == instances
    assert set(left.values()) == {"terminated"}


def test_without_a_refresh_in_progress_none_can_be_cancelled_or_rolled_back(fleet: FleetResources) -> None:
    group = fleet.make_group(0)
    client = fleet.localstack.client("autoscaling")

    for call in (client.cancel_instance_refresh, client.rollback_instance_refresh):
        with refuses("ActiveInstanceRefreshNotFound"):
            call(AutoScalingGroupName=group)


def test_a_refresh_without_a_desired_configuration_cannot_be_rolled_back(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    start(fleet, group, None)
    client = fleet.localstack.client("autoscaling")

    with refuses("IrreversibleInstanceRefresh"):
        client.rollback_instance_refresh(AutoScalingGroupName=group)


@pytest.mark.parametrize(
    "preferences",
    [
        {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 200},
        {"CheckpointPercentages": [50, 20, 100]},
    ],
)
def test_preferences_that_contradict_each_other_are_refused(
    fleet: FleetResources, preferences: dict[str, Any]
) -> None:
    group = fleet.make_group(1)

    with refuses("ValidationError"):
        start(fleet, group, "1", **preferences)


def test_a_version_that_does_not_exist_is_refused(fleet: FleetResources) -> None:
    group = fleet.make_group(1)

    with refuses("ValidationError"):
        start(fleet, group, "999")


def test_a_mixed_instances_policy_is_kept_by_a_rollout_with_alarms(fleet: FleetResources):
    mixture = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": fleet.template, "Version": "1"},
            "Overrides": [{"InstanceType": "t4g.small"}, {"InstanceType": "t4g.medium"}],
        },
        "InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 50},
    }
    group = fleet.make_group(2, LaunchTemplate=None, MixedInstancesPolicy=mixture, TargetGroupARNs=[])
    version = newer(fleet)
    client = fleet.localstack.client
    client("cloudwatch").put_metric_alarm(
        AlarmName="trouble",
        Namespace="iris",
        MetricName="trouble",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )

    rolled = FleetRollout(client("autoscaling"), client("ec2"), group, client("elbv2"))
    outcome = rolled.release(
        version,
        make_plan("linear", 100, 0),
        AlarmWatch(client("cloudwatch"), ["trouble"]),
        lambda _told: None,
        RefreshTimeouts(warmup=0, give_up_after=TIMEOUT),
    )

    assert (outcome.result, outcome.before, outcome.serves) == ("released", "1", version)
    assert set(versions(fleet, group).values()) == {version}
    policy = fleet.describe(group)["MixedInstancesPolicy"]
    assert policy["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"] == version
    types = [each["InstanceType"] for each in policy["LaunchTemplate"]["Overrides"]]
    assert types == ["t4g.small", "t4g.medium"]
    assert policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 50
    preferences = latest(fleet, group)["Preferences"]
    assert preferences["AlarmSpecification"] == {"Alarms": ["trouble"]}
    assert (preferences["MinHealthyPercentage"], preferences["MaxHealthyPercentage"]) == (100, 200)
    assert (preferences["AutoRollback"], preferences["SkipMatching"]) == (True, True)
