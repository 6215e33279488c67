"""Scaling policies and scheduled actions of the API, executed by requests, alarms and a clock."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.localcloud.localstack.fleet import FleetResources


@pytest.fixture
def client(fleet: FleetResources) -> Any:
    return fleet.localstack.client("autoscaling")


@pytest.fixture
def cloudwatch(fleet: FleetResources) -> Iterator[Any]:
    client = fleet.localstack.client("cloudwatch")
    yield client
    client.delete_alarms(AlarmNames=["busy", "idle", "off", "mute"])


def put_policy(client: Any, group: str, name: str = "policy", **parameters: Any) -> str:
    answer = client.put_scaling_policy(
        **(
            {"AutoScalingGroupName": group, "PolicyName": name, "AdjustmentType": "ChangeInCapacity"}
            | parameters
        )
    )
    return answer["PolicyARN"]


def put_step_policy(client: Any, group: str, **parameters: Any) -> str:
    steps = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
    ]
    defaults: dict[str, Any] = {
        "PolicyType": "StepScaling",
        "StepAdjustments": steps,
        "EstimatedInstanceWarmup": 0,
    }
    return put_policy(client, group, **(defaults | parameters))


def put_alarm(cloudwatch: Any, policy: str, name: str = "busy", **parameters: Any) -> None:
    defaults: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Statistic": "Average",
        # Longer than the test takes.
        "Period": 3_600,
        "EvaluationPeriods": 1,
        "Threshold": 50.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "AlarmActions": [policy],
    }
    cloudwatch.put_metric_alarm(**(defaults | parameters))


def ring(cloudwatch: Any, name: str = "busy", value: float | None = None, state: str = "ALARM") -> None:
    data = {} if value is None else {"StateReasonData": json.dumps({"recentDatapoints": [value]})}
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand", **data)


def wait_for_size(fleet: FleetResources, group: str, size: int) -> None:
    until(lambda: len(fleet.zones(group)) == size == fleet.describe(group)["DesiredCapacity"])


def test_a_step_policy_reads_back_as_it_was_put(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    arn = put_step_policy(client, group)
    (policy,) = client.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    assert policy == {
        "AutoScalingGroupName": group,
        "PolicyName": "policy",
        "PolicyARN": arn,
        "PolicyType": "StepScaling",
        "AdjustmentType": "ChangeInCapacity",
        "MetricAggregationType": "Average",
        "EstimatedInstanceWarmup": 0,
        "Enabled": True,
        "Alarms": [],
        "StepAdjustments": [
            {
                "MetricIntervalLowerBound": 0.0,
                "MetricIntervalUpperBound": 10.0,
                "ScalingAdjustment": 1,
            },
            {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 3},
        ],
    }
    assert put_step_policy(client, group) == arn


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"StepAdjustments": [{"ScalingAdjustment": 1}]}, "both be unspecified"),
        ({"AdjustmentType": "Double"}, "AdjustmentType must be one of: ChangeInCapacity"),
        ({"PolicyType": "SimpleScaling"}, "ScalingAdjustment must be specified"),
        ({"PolicyType": "Magic"}, "PolicyType must be one of: SimpleScaling"),
    ],
)
def test_a_policy_that_cannot_work_is_refused_when_it_is_put(
    fleet: FleetResources, client: Any, parameters: dict[str, Any], message: str
):
    group = fleet.make_group(1)
    with pytest.raises(ClientError, match=f"ValidationError.*{message}"):
        put_step_policy(client, group, **parameters)
    assert client.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"] == []


@pytest.mark.parametrize(("metric", "size"), [(50.0, 2), (59.0, 2), (60.0, 4)])
def test_a_step_policy_is_executed_with_the_step_of_its_metric(
    fleet: FleetResources, client: Any, metric: float, size: int
):
    group = fleet.make_group(1)
    put_step_policy(client, group)
    client.execute_policy(
        AutoScalingGroupName=group, PolicyName="policy", MetricValue=metric, BreachThreshold=50.0
    )
    wait_for_size(fleet, group, size)
    cause = client.describe_scaling_activities(AutoScalingGroupName=group)["Activities"][0]["Cause"]
    assert f"executed policy policy changing the desired capacity from 1 to {size}" in cause


def test_a_metric_without_a_step_is_refused(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    put_step_policy(client, group)
    with pytest.raises(ClientError, match="does not correspond to a step adjustment"):
        client.execute_policy(
            AutoScalingGroupName=group, PolicyName="policy", MetricValue=49.0, BreachThreshold=50.0
        )


def test_a_step_policy_counts_instances_only_after_their_warm_up(fleet: FleetResources, client: Any):
    group = fleet.make_group(1, DefaultInstanceWarmup=0)
    put_step_policy(client, group, EstimatedInstanceWarmup=3_600)
    for _ in range(2):
        client.execute_policy(
            AutoScalingGroupName=group, PolicyName="policy", MetricValue=50.0, BreachThreshold=50.0
        )
    # No instance is warm yet, so the second breach of the same step adds none.
    wait_for_size(fleet, group, 1)


# "Set the default instance warmup" in the user guide: without one, the default cooldown counts.
@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({}, 1),
        ({"DefaultInstanceWarmup": 0}, 2),
        ({"DefaultCooldown": 0}, 2),
        ({"DefaultInstanceWarmup": 900}, 1),
    ],
)
def test_a_step_policy_without_a_warm_up_has_that_of_its_group(
    fleet: FleetResources, client: Any, parameters: dict[str, int], size: int
):
    group = fleet.make_group(1, **parameters)
    steps = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]
    put_policy(client, group, PolicyType="StepScaling", StepAdjustments=steps)
    client.execute_policy(
        AutoScalingGroupName=group, PolicyName="policy", MetricValue=50.0, BreachThreshold=50.0
    )
    assert fleet.describe(group)["DesiredCapacity"] == size


def test_a_simple_policy_stays_within_the_limits_and_waits_for_its_cooldown(
    fleet: FleetResources, client: Any
):
    group = fleet.make_group(1, MaxSize=3)
    arn = put_policy(client, group, ScalingAdjustment=5, Cooldown=600)
    client.execute_policy(PolicyName=arn, HonorCooldown=True)
    wait_for_size(fleet, group, 3)
    with pytest.raises(ClientError, match="ScalingActivityInProgress"):
        client.execute_policy(PolicyName=arn, HonorCooldown=True)
    with pytest.raises(ClientError, match="ScalingActivityInProgress"):
        client.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2, HonorCooldown=True)
    client.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    wait_for_size(fleet, group, 2)


@pytest.mark.parametrize(("default", "own", "waits"), [(0, 600, True), (600, 0, False), (600, None, True)])
def test_the_cooldown_of_a_policy_replaces_that_of_its_group(
    fleet: FleetResources, client: Any, default: int, own: int | None, *, waits: bool
):
    group = fleet.make_group(1, DefaultCooldown=default)
    cooldown: dict[str, Any] = {} if own is None else {"Cooldown": own}
    arn = put_policy(client, group, ScalingAdjustment=1, **cooldown)
    client.execute_policy(PolicyName=arn, HonorCooldown=True)
    with pytest.raises(ClientError, match="ScalingActivityInProgress") if waits else nullcontext():
        client.execute_policy(PolicyName=arn, HonorCooldown=True)
    assert fleet.describe(group)["DesiredCapacity"] == (2 if waits else 3)


def test_a_new_group_is_in_no_cooldown(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    client.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2, HonorCooldown=True)
    wait_for_size(fleet, group, 2)


def test_an_alarm_that_is_set_off_by_hand_executes_its_policies(
    fleet: FleetResources, client: Any, cloudwatch: Any
):
    group = fleet.make_group(1)
    policy = put_step_policy(client, group)
    put_alarm(cloudwatch, policy)
    (described,) = client.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    assert [alarm["AlarmName"] for alarm in described["Alarms"]] == ["busy"]

    ring(cloudwatch)
    wait_for_size(fleet, group, 2)
    cause = client.describe_scaling_activities(AutoScalingGroupName=group)["Activities"][0]["Cause"]
    assert "a monitor alarm busy in state ALARM triggered policy policy changing the desired" in cause

    ring(cloudwatch, state="OK")
    ring(cloudwatch, value=75.0)
    wait_for_size(fleet, group, 5)


def test_alarms_execute_no_policy_while_notifications_are_suspended_and_then_do(
    fleet: FleetResources, client: Any, cloudwatch: Any
):
    group = fleet.make_group(2)
    shrink = put_policy(client, group, "shrink", ScalingAdjustment=-1)
    grow = put_policy(client, group, "grow", ScalingAdjustment=2)
    client.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["AlarmNotification"])
    put_alarm(cloudwatch, shrink, "idle")
    ring(cloudwatch, "idle")
    # Neither does one that is disabled, nor one of an alarm whose actions are.
    quiet = fleet.make_group(2)
    off = put_policy(client, quiet, "off", ScalingAdjustment=1, Enabled=False)
    put_alarm(cloudwatch, off, "off")
    put_alarm(cloudwatch, put_policy(client, quiet, "on", ScalingAdjustment=1), "mute", ActionsEnabled=False)
    for name in ("off", "mute"):
        ring(cloudwatch, name)
    # Another group's policy shows that the clock has turned since.
    other = fleet.make_group(0)
    put_alarm(cloudwatch, put_policy(client, other, ScalingAdjustment=1))
    ring(cloudwatch)
    wait_for_size(fleet, other, 1)
    assert len(fleet.zones(group)) == len(fleet.zones(quiet)) == 2
    client.resume_processes(AutoScalingGroupName=group, ScalingProcesses=["AlarmNotification"])
    wait_for_size(fleet, group, 1)
    client.execute_policy(PolicyName=grow)
    wait_for_size(fleet, group, 3)


def test_a_policy_that_fails_is_an_activity_and_others_go_on(
    fleet: FleetResources, client: Any, cloudwatch: Any
):
    group = fleet.make_group(1)
    bad = put_step_policy(client, group, PolicyName="bad")
    good = put_policy(client, group, "good", ScalingAdjustment=1)
    put_alarm(cloudwatch, bad, AlarmActions=[bad, good])
    ring(cloudwatch, value=20.0)
    wait_for_size(fleet, group, 2)
    activities = client.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    (failed,) = [each for each in activities if each["StatusCode"] == "Failed"]
    assert "does not correspond to a step adjustment" in failed["StatusMessage"]
    assert "triggered policy bad" in failed["Cause"]


# User guide, "Target tracking scaling policies": TargetTracking-my-asg-AlarmHigh-<UUID>, and AlarmLow.
def test_a_target_tracking_policy_has_the_two_alarms_that_aws_creates(
    fleet: FleetResources, client: Any, cloudwatch: Any
):
    group = fleet.make_group(1)
    label = "app/iris/50dc6c495c0c9188/targetgroup/iris/943f017f100becff"
    configuration = {
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": label,
        },
        "TargetValue": 600.0,
    }
    answer = client.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=configuration,
    )
    names = sorted(alarm["AlarmName"] for alarm in answer["Alarms"])
    uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    for name, side in zip(names, ("High", "Low"), strict=True):
        assert re.fullmatch(f"TargetTracking-{group}-Alarm{side}-{uuid}", name)
    alarms = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    keys = ("Threshold", "EvaluationPeriods", "ComparisonOperator", "Period", "Statistic", "MetricName")
    assert [
        tuple(alarm[key] for key in keys) for alarm in sorted(alarms, key=lambda each: each["AlarmName"])
    ] == [
        (600.0, 3, "GreaterThanThreshold", 60, "Sum", "RequestCountPerTarget"),
        (540.0, 15, "LessThanThreshold", 60, "Sum", "RequestCountPerTarget"),
    ]
    assert {item["Name"]: item["Value"] for item in alarms[0]["Dimensions"]} == {
        "LoadBalancer": "app/iris/50dc6c495c0c9188",
        "TargetGroup": "targetgroup/iris/943f017f100becff",
    }
    client.delete_policy(AutoScalingGroupName=group, PolicyName="requests")
    assert cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"] == []


def test_a_group_takes_its_policies_alarms_and_scheduled_actions_with_it(
    fleet: FleetResources, client: Any, cloudwatch: Any
):
    group = fleet.make_group(0)
    answer = client.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 50.0,
        },
    )
    put_action(client, group, Recurrence="0 0 1 1 *", MinSize=0)
    fleet.clear()
    names = [alarm["AlarmName"] for alarm in answer["Alarms"]]
    assert len(names) == 2
    assert cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"] == []
    # Nor does another group of the same name have them.
    fleet.make_group(0, AutoScalingGroupName=group)
    assert client.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"] == []
    assert actions(client, group) == []


def put_action(client: Any, group: str, name: str = "action", **parameters: Any) -> None:
    client.put_scheduled_update_group_action(
        AutoScalingGroupName=group, ScheduledActionName=name, **parameters
    )


def actions(client: Any, group: str) -> list[dict[str, Any]]:
    return client.describe_scheduled_actions(AutoScalingGroupName=group)["ScheduledUpdateGroupActions"]


def test_a_scheduled_action_sets_the_sizes_at_its_time_and_is_gone(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    start = fleet.schedule_soon(group, MinSize=2, MaxSize=4, DesiredCapacity=3).start
    wait_for_size(fleet, group, 3)
    described = fleet.describe(group)
    assert (described["MinSize"], described["MaxSize"]) == (2, 4)
    assert actions(client, group) == []
    *grown, _ = client.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    assert len(grown) == 2
    for activity in grown:
        assert activity["StartTime"] >= start
        assert "min: 2, max: 4, desired: 3 changing the desired capacity from 1 to 3" in activity["Cause"]


def test_a_suspended_scheduled_action_passes_without_effect(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    client.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["ScheduledActions"])
    fleet.schedule_soon(group, DesiredCapacity=3)
    until(lambda: actions(client, group) == [])
    client.resume_processes(AutoScalingGroupName=group)
    assert len(fleet.zones(group)) == 1


def next_new_year(zone: str) -> datetime:
    year = datetime.now(ZoneInfo(zone)).year + 1
    return datetime(year, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_a_recurring_action_starts_by_the_clock_of_its_time_zone(
    fleet: FleetResources, client: Any, zone: str
):
    group = fleet.make_group(1)
    put_action(client, group, Recurrence="0 0 1 1 *", TimeZone=zone, MinSize=1)
    (action,) = actions(client, group)
    assert action["StartTime"] == next_new_year(zone)
    assert action["Recurrence"] == "0 0 1 1 *"


def test_a_recurring_action_recurs_after_its_start_time(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    start = fleet.schedule_soon(group, Recurrence="0 0 1 1 *", DesiredCapacity=2).start
    # Another one ends before its next time.
    end = start + timedelta(minutes=1)
    fleet.schedule_soon(group, "once", EndTime=end, Recurrence="0 0 1 1 *", MinSize=1)
    wait_for_size(fleet, group, 2)
    until(lambda: len(actions(client, group)) == 1)
    (action,) = actions(client, group)
    assert action["ScheduledActionName"] == "action"
    assert action["StartTime"] == next_new_year("UTC")


def test_either_of_two_restricted_days_is_sufficient(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    put_action(client, group, Recurrence="0 0 1 * 1", MinSize=1)
    (action,) = actions(client, group)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = (today + timedelta(days=number) for number in range(1, 9))
    assert action["StartTime"] == next(day for day in days if day.day == 1 or day.weekday() == 0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"MinSize": 1}, "Either a start time or a recurrence"),
        ({"Recurrence": "0 0 * * *"}, "At least one of MinSize"),
        ({"Recurrence": "61 0 * * *", "MinSize": 1}, "recurrence string is invalid"),
        ({"Recurrence": "0 0 *", "MinSize": 1}, "recurrence string is invalid"),
        (
            {"Recurrence": "0 0 * * *", "TimeZone": "Mars/Base", "MinSize": 1},
            "time zone Mars/Base is invalid",
        ),
        ({"StartTime": datetime(2020, 1, 1, tzinfo=UTC), "MinSize": 1}, "start time is in the past"),
        ({"Recurrence": "0 0 * * *", "MinSize": 3, "MaxSize": 2}, "must not contradict"),
        (
            {"Recurrence": "0 0 * * *", "MinSize": 1, "EndTime": datetime(2020, 1, 1, tzinfo=UTC)},
            "end time is before the start time",
        ),
    ],
)
def test_a_scheduled_action_that_cannot_work_is_refused(
    fleet: FleetResources, client: Any, parameters: dict[str, Any], message: str
):
    group = fleet.make_group(1)
    with pytest.raises(ClientError, match=message):
        put_action(client, group, **parameters)
    assert actions(client, group) == []


def test_two_scheduled_actions_of_a_group_cannot_have_the_same_time(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    put_action(client, group, "first", Recurrence="0 0 1 1 *", MinSize=1)
    with pytest.raises(ClientError, match=r"AlreadyExists.*same start time"):
        put_action(client, group, "second", Recurrence="0 0 1 1 *", MinSize=2)
    client.delete_scheduled_action(AutoScalingGroupName=group, ScheduledActionName="first")
    put_action(client, group, "second", Recurrence="0 0 1 1 *", MinSize=2)
    # It may be changed at its own time.
    put_action(client, group, "second", Recurrence="0 0 1 1 *", MinSize=3)
    assert [action["MinSize"] for action in actions(client, group)] == [3]


def test_several_scheduled_actions_are_put_and_deleted_at_once_and_failures_are_named(
    fleet: FleetResources, client: Any
):
    group = fleet.make_group(1)
    wanted = {"first": {"MinSize": 1}, "second": {}, "third": {"MaxSize": 4}}
    answer = client.batch_put_scheduled_update_group_action(
        AutoScalingGroupName=group,
        ScheduledUpdateGroupActions=[
            {"ScheduledActionName": name, "Recurrence": f"0 {hour} 1 1 *", **sizes}
            for hour, (name, sizes) in enumerate(wanted.items())
        ],
    )
    (failed,) = answer["FailedScheduledUpdateGroupActions"]
    assert (failed["ScheduledActionName"], failed["ErrorCode"]) == ("second", "ValidationError")
    assert [action["ScheduledActionName"] for action in actions(client, group)] == ["first", "third"]
    answer = client.batch_delete_scheduled_action(
        AutoScalingGroupName=group, ScheduledActionNames=["first", "second"]
    )
    (failed,) = answer["FailedScheduledActions"]
    assert (failed["ScheduledActionName"], failed["ErrorMessage"]) == (
        "second",
        "Scheduled action name not found",
    )
    assert [action["ScheduledActionName"] for action in actions(client, group)] == ["third"]


# DescribeScheduledActions and DescribePolicies, Auto Scaling API 2011-01-01.
def test_scheduled_actions_and_policies_are_found_by_name_time_and_type(fleet: FleetResources, client: Any):
    group = fleet.make_group(1)
    year = next_new_year("UTC")
    for hour, name in enumerate(("early", "late")):
        put_action(client, group, name, Recurrence=f"0 {hour} 1 1 *", MinSize=1)
    for filters, expected in (
        ({"StartTime": year, "EndTime": year + timedelta(hours=1)}, ["early", "late"]),
        ({"StartTime": year + timedelta(seconds=1)}, ["late"]),
        ({"EndTime": year + timedelta(minutes=59)}, ["early"]),
        ({"ScheduledActionNames": ["late", "none"]}, ["late"]),
    ):
        found = client.describe_scheduled_actions(AutoScalingGroupName=group, **filters)
        names = [action["ScheduledActionName"] for action in found["ScheduledUpdateGroupActions"]]
        assert names == expected
    put_step_policy(client, group, PolicyName="step")
    put_policy(client, group, "simple", ScalingAdjustment=1)
    for filters, expected in (
        ({"PolicyTypes": ["SimpleScaling"]}, ["simple"]),
        ({"PolicyNames": ["step", "none"]}, ["step"]),
        ({"PolicyTypes": ["SimpleScaling", "StepScaling"]}, ["step", "simple"]),
    ):
        found = client.describe_policies(AutoScalingGroupName=group, **filters)
        assert [policy["PolicyName"] for policy in found["ScalingPolicies"]] == expected


# "Target tracking scaling policies" in the user guide: predefined metrics, and "Disable scale-in".
@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("ASGAverageCPUUtilization", "CPUUtilization"),
        ("ASGAverageNetworkIn", "NetworkIn"),
        ("ASGAverageNetworkOut", "NetworkOut"),
    ],
)
def test_a_tracking_policy_has_alarms_of_its_metric_unless_it_is_disabled(
    fleet: FleetResources, client: Any, cloudwatch: Any, kind: str, metric: str
):
    group = fleet.make_group(0)

    def alarms(*, scale_in: bool = True, enabled: bool = True) -> list[tuple[str, ...]]:
        answer = client.put_scaling_policy(
            AutoScalingGroupName=group,
            PolicyName="tracking",
            PolicyType="TargetTrackingScaling",
            Enabled=enabled,
            TargetTrackingConfiguration={
                "PredefinedMetricSpecification": {"PredefinedMetricType": kind},
                "TargetValue": 50.0,
                "DisableScaleIn": not scale_in,
            },
        )
        names = [alarm["AlarmName"] for alarm in answer["Alarms"]]
        found: list[dict[str, Any]] = []
        if names:
            found = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        keys = ("Namespace", "MetricName", "Statistic", "ComparisonOperator")
        return sorted(tuple(alarm[key] for key in keys) for alarm in found)

    high, low = (("AWS/EC2", metric, "Average", f"{side}Threshold") for side in ("GreaterThan", "LessThan"))
    assert alarms() == [high, low]
    assert alarms(scale_in=False) == [high]
    assert alarms(enabled=False) == []
