"""What the local cloud needs to be true of Auto Scaling's instance refreshes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from scripts.rollout.alarm_watch import AlarmWatch
from scripts.rollout.fleet_rollout import FleetRollout, RefreshTimeouts
from scripts.rollout.rollout_plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.localstack.fleet import Fleet

WITHIN = 30.0
"""Seconds that each step may take."""

DOUBLE = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "InstanceWarmup": 0}


def until(happens: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WITHIN
    while not (found := happens()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def newer(fleet: Fleet) -> str:
    """Make another version of the launch template."""
    created = fleet.localstack.client("ec2").create_launch_template_version(
        LaunchTemplateId=fleet.template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.medium"}
    )
    return str(created["LaunchTemplateVersion"]["VersionNumber"])


def start(fleet: Fleet, group: str, version: str | None, **preferences: Any) -> str:
    desired: dict[str, Any] = {}
    if version is not None:
        template = {"LaunchTemplateId": fleet.template, "Version": version}
        desired = {"DesiredConfiguration": {"LaunchTemplate": template}}
    answer = fleet.localstack.client("autoscaling").start_instance_refresh(
        AutoScalingGroupName=group, Preferences=DOUBLE | preferences, **desired
    )
    return answer["InstanceRefreshId"]


def latest(fleet: Fleet, group: str) -> dict[str, Any]:
    client = fleet.localstack.client("autoscaling")
    return client.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"][0]


def ended(fleet: Fleet, group: str) -> dict[str, Any]:
    return until(lambda: (told := latest(fleet, group)) and "EndTime" in told and told)


def versions(fleet: Fleet, group: str) -> dict[str, str]:
    """The template version of each instance, by its id."""
    instances = fleet.describe(group)["Instances"]
    return {each["InstanceId"]: each["LaunchTemplate"]["Version"] for each in instances}


def tell_healthy(fleet: Fleet, *instance_ids: str) -> None:
    fleet.localstack.tell_health(json.dumps({each: {"state": "healthy"} for each in instance_ids}))


def let_time_pass(fleet: Fleet) -> None:
    """Give refreshes that are under way several turns: one that begins now bakes, and has come to its end."""
    bystander = fleet.make_group(0)
    start(fleet, bystander, "1", BakeTime=1)
    assert ended(fleet, bystander)["Status"] == "Successful"


def launched(fleet: Fleet, group: str) -> dict[str, str]:
    """State of every instance that a group ever had, by its id."""
    of_group = [{"Name": "tag:aws:autoscaling:groupName", "Values": [group]}]
    found = fleet.localstack.client("ec2").describe_instances(Filters=of_group)["Reservations"]
    return {
        instance["InstanceId"]: instance["State"]["Name"]
        for reservation in found
        for instance in reservation["Instances"]
    }


def refuses(code: str) -> pytest.RaisesExc[ClientError]:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def test_successors_serve_before_any_predecessor_ends(fleet: Fleet) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    old = versions(fleet, group).keys()
    tell_healthy(fleet, *old)

    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)
    let_time_pass(fleet)

    assert versions(fleet, group).keys() > old
    assert latest(fleet, group)["Status"] == "InProgress"
    assert latest(fleet, group)["PercentageComplete"] == 0
    assert fleet.describe(group)["DesiredCapacity"] == 2
    assert fleet.describe(group)["LaunchTemplate"]["Version"] == "1"

    tell_healthy(fleet, *versions(fleet, group))
    told = ended(fleet, group)

    assert told["Status"] == "Successful"
    assert told["PercentageComplete"] == 100
    assert set(versions(fleet, group).values()) == {version}
    assert len(versions(fleet, group)) == 2
    assert not versions(fleet, group).keys() & old
    assert fleet.describe(group)["LaunchTemplate"]["Version"] == version
    assert fleet.health().keys() == versions(fleet, group).keys()


def test_each_predecessor_ends_when_a_successor_serves(fleet: Fleet) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    old = list(versions(fleet, group))
    tell_healthy(fleet, *old)

    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)
    first = next(each for each in versions(fleet, group) if each not in old)
    tell_healthy(fleet, *old, first)

    until(lambda: len(versions(fleet, group)) == 3)
    assert latest(fleet, group)["PercentageComplete"] == 50
    assert latest(fleet, group)["InstancesToUpdate"] == 1


def test_a_successor_does_not_count_before_it_is_warm(fleet: Fleet) -> None:
    group = fleet.make_group(1)
    version = newer(fleet)
    start(fleet, group, version, InstanceWarmup=2)
    until(lambda: len(versions(fleet, group)) == 2)
    begun = time.monotonic()
    tell_healthy(fleet, *versions(fleet, group))

    assert ended(fleet, group)["Status"] == "Successful"
    assert time.monotonic() - begun > 1.5


def test_with_no_room_for_more_instances_they_are_replaced_one_by_one(fleet: Fleet) -> None:
    group = fleet.make_group(3)
    version = newer(fleet)
    old = list(versions(fleet, group))
    tell_healthy(fleet, *old)

    start(fleet, group, version, MaxHealthyPercentage=100)
    until(lambda: version in versions(fleet, group).values())
    let_time_pass(fleet)

    assert sorted(versions(fleet, group).values()) == ["1", "1", version]
    while latest(fleet, group)["Status"] == "InProgress":
        # The one that goes makes room for its successor, so one is missing for a moment, but never two.
        assert len(versions(fleet, group)) in {2, 3}
        tell_healthy(fleet, *versions(fleet, group))
    assert set(versions(fleet, group).values()) == {version}


def test_replaced_one_by_one_instances_stay_balanced_over_zones(fleet: Fleet) -> None:
    group = fleet.make_group(2)
    tell_healthy(fleet, *versions(fleet, group))
    start(fleet, group, newer(fleet), MaxHealthyPercentage=150)

    def over() -> bool:
        tell_healthy(fleet, *versions(fleet, group))
        return "EndTime" in latest(fleet, group)

    until(over)
    assert set(fleet.zones(group).values()) == set(fleet.subnets)


def test_instances_that_match_already_are_left_alone(fleet: Fleet) -> None:
    group = fleet.make_group(2)
    before = versions(fleet, group)
    tell_healthy(fleet, *before)

    start(fleet, group, "1", SkipMatching=True)

    told = ended(fleet, group)
    assert told["Status"] == "Successful"
    assert told["PercentageComplete"] == 100
    assert versions(fleet, group) == before


def test_a_refresh_pauses_at_its_checkpoints(fleet: Fleet) -> None:
    group = fleet.make_group(4)
    version = newer(fleet)
    # All four have successors only once the pause is over.
    start(fleet, group, version, CheckpointPercentages=[25, 100], CheckpointDelay=3)
    until(lambda: len(versions(fleet, group)) == 5)
    begun = time.monotonic()
    tell_healthy(fleet, *versions(fleet, group))

    until(lambda: latest(fleet, group)["PercentageComplete"] == 25)
    assert sorted(versions(fleet, group).values()) == ["1", "1", "1", version]
    until(lambda: len(versions(fleet, group)) == 7)
    assert time.monotonic() - begun > 3
    tell_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "Successful"
    assert list(versions(fleet, group).values()) == [version] * 4


def test_rolled_back_a_group_is_as_before(fleet: Fleet) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    old = list(versions(fleet, group))
    tell_healthy(fleet, *old)
    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)
    first = next(each for each in versions(fleet, group) if each not in old)
    tell_healthy(fleet, *old, first)
    until(lambda: len(versions(fleet, group)) == 3)

    fleet.localstack.client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=group)

    told = latest(fleet, group)
    assert told["Status"] == "RollbackInProgress"
    assert told["RollbackDetails"]["PercentageCompleteOnRollback"] == 50
    # The one that had ended is made up for before its successor ends.
    until(lambda: sorted(versions(fleet, group).values()) == ["1", "1", version])
    tell_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "RollbackSuccessful"
    assert list(versions(fleet, group).values()) == ["1", "1"]
    assert fleet.describe(group)["LaunchTemplate"]["Version"] == "1"
    resized = fleet.localstack.client("autoscaling")
    resized.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)
    assert list(versions(fleet, group).values()) == ["1", "1", "1"]


def test_while_it_bakes_a_refresh_can_still_be_rolled_back(fleet: Fleet) -> None:
    group = fleet.make_group(1)
    old = versions(fleet, group)
    tell_healthy(fleet, *old)
    version = newer(fleet)
    start(fleet, group, version, BakeTime=60)
    until(lambda: len(versions(fleet, group)) == 2)
    tell_healthy(fleet, *versions(fleet, group))
    until(lambda: latest(fleet, group)["Status"] == "Baking")
    assert list(versions(fleet, group).values()) == [version]

    fleet.localstack.client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=group)

    until(lambda: len(versions(fleet, group)) == 2)
    tell_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "RollbackSuccessful"
    assert list(versions(fleet, group).values()) == ["1"]


def test_cancelled_a_refresh_goes_no_further(fleet: Fleet) -> None:
    group = fleet.make_group(2)
    old = versions(fleet, group)
    tell_healthy(fleet, *old)
    start(fleet, group, newer(fleet))
    until(lambda: len(versions(fleet, group)) == 4)

    fleet.localstack.client("autoscaling").cancel_instance_refresh(AutoScalingGroupName=group)

    assert latest(fleet, group)["Status"] == "Cancelled"
    assert versions(fleet, group) == old


def test_an_instance_that_dies_meanwhile_comes_back_in_the_new_version(fleet: Fleet) -> None:
    group = fleet.make_group(2)
    version = newer(fleet)
    victim, *_ = old = list(versions(fleet, group))
    tell_healthy(fleet, *old)
    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 4)

    fleet.localstack.client("autoscaling").set_instance_health(
        InstanceId=victim, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )

    assert sorted(versions(fleet, group).values()) == ["1", version, version, version]
    tell_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "Successful"
    assert list(versions(fleet, group).values()) == [version, version]


def test_a_group_can_be_resized_meanwhile(fleet: Fleet) -> None:
    group = fleet.make_group(1)
    version = newer(fleet)
    tell_healthy(fleet, *versions(fleet, group))
    start(fleet, group, version)
    until(lambda: len(versions(fleet, group)) == 2)

    fleet.localstack.client("autoscaling").set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)

    assert sorted(versions(fleet, group).values()) == ["1", version, version, version]
    tell_healthy(fleet, *versions(fleet, group))
    assert ended(fleet, group)["Status"] == "Successful"
    assert list(versions(fleet, group).values()) == [version] * 3


def test_only_one_refresh_goes_on_at_a_time(fleet: Fleet) -> None:
    group = fleet.make_group(1)
    version = newer(fleet)
    first = start(fleet, group, version)

    with refuses("InstanceRefreshInProgress"):
        start(fleet, group, version)
    assert latest(fleet, group)["InstanceRefreshId"] == first


def test_a_deleted_group_takes_its_refresh_along(fleet: Fleet) -> None:
    group = fleet.make_group(1)
    start(fleet, group, newer(fleet))
    until(lambda: len(versions(fleet, group)) == 2)
    instances = set(versions(fleet, group))

    fleet.clear()
    let_time_pass(fleet)

    # Nor has it started further ones.
    left = launched(fleet, group)
    assert left.keys() == instances
    assert set(left.values()) == {"terminated"}


def test_where_nothing_goes_on_nothing_is_cancelled_or_rolled_back(fleet: Fleet) -> None:
    group = fleet.make_group(0)
    client = fleet.localstack.client("autoscaling")

    for call in (client.cancel_instance_refresh, client.rollback_instance_refresh):
        with refuses("ActiveInstanceRefreshNotFound"):
            call(AutoScalingGroupName=group)


def test_without_a_desired_configuration_there_is_nothing_to_roll_back_to(fleet: Fleet) -> None:
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
    fleet: Fleet, preferences: dict[str, Any]
) -> None:
    group = fleet.make_group(1)

    with refuses("ValidationError"):
        start(fleet, group, "1", **preferences)


def test_a_version_that_does_not_exist_is_refused(fleet: Fleet) -> None:
    group = fleet.make_group(1)

    with refuses("ValidationError"):
        start(fleet, group, "999")


def test_a_mixture_of_types_is_rolled_out_whole_and_stays_one_under_the_eyes_of_its_alarms(fleet: Fleet):
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

    rolled = FleetRollout(client("autoscaling"), client("ec2"), group)
    outcome = rolled.release(
        version,
        make_plan("linear", 100, 0),
        AlarmWatch(client("cloudwatch"), ["trouble"]),
        lambda _told: None,
        RefreshTimeouts(warmup=0, give_up_after=WITHIN),
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
