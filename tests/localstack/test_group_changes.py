"""Changes of the Auto Scaling group by its API, which the running cloud follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.localstack.test_failures import ConcurrentLoad, story
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_cloudwatch.type_defs import MetricTypeDef

    from localcloud.aws.clients import Api
    from tests.localstack.conftest import RunningCloud

FOLLOWED_WITHIN = 90
"""Seconds; it takes one on a processor of its own."""


@pytest.fixture
def group(cloud: RunningCloud, outputs: dict[str, Any]) -> Iterator[str]:
    cloud.settled_status()
    yield outputs["autoScalingGroup"]
    cloud.settled_status()


def health(cloud: RunningCloud) -> dict[str, str]:
    return {each["id"]: each["health"] for each in cloud.status()["instances"]}


def pids(cloud: RunningCloud) -> dict[str, int | None]:
    return {each["id"]: each["pid"] for each in cloud.status()["instances"]}


def wait_for_health(cloud: RunningCloud, instance: str, state: str) -> None:
    until(lambda: health(cloud)[instance] == state, FOLLOWED_WITHIN)


def serves(load: ConcurrentLoad, instance: str) -> bool:
    """Return whether an instance is among those that answered the last 200 requests of now."""
    so_far = len(load.answers)
    until(lambda: len(load.answers) > so_far + 200, 60)
    return instance in {served for _, _, served in load.answers[so_far + 50 :]}


def test_standby_detachment_and_deregistration_stop_the_requests_but_not_the_process(
    cloud: RunningCloud, url: str, api: Api, outputs: dict[str, Any], group: str
):
    autoscaling, elbv2 = api.client("autoscaling"), api.client("elbv2")
    before = pids(cloud)
    first = next(iter(before))
    # One instance suffices for the load: on a busy machine, target tracking would end the other meanwhile.
    autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["AlarmNotification"])
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, MinSize=1)
    try:
        with ConcurrentLoad(url) as load:
            until(lambda: len(load.answers) > 20, 60)

            autoscaling.enter_standby(
                AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True
            )
            wait_for_health(cloud, first, "standby")
            until(lambda: not serves(load, first), 60)
            autoscaling.exit_standby(AutoScalingGroupName=group, InstanceIds=[first])
            wait_for_health(cloud, first, "healthy")
            assert serves(load, first)

            arn: str = outputs["targetGroupArn"]
            elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": first}])
            wait_for_health(cloud, first, "unused")
            until(lambda: not serves(load, first), 60)
            elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": first}])
            wait_for_health(cloud, first, "healthy")
            assert serves(load, first)

            autoscaling.detach_instances(
                AutoScalingGroupName=group, InstanceIds=[first], ShouldDecrementDesiredCapacity=True
            )
            until(lambda: f"{first} is detached from its group and goes on" in story(cloud.status()))
            assert health(cloud)[first] == "unused"
            assert not serves(load, first)
            autoscaling.attach_instances(AutoScalingGroupName=group, InstanceIds=[first])
            wait_for_health(cloud, first, "healthy")
            assert serves(load, first)
    finally:
        autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, MinSize=2)
        autoscaling.resume_processes(AutoScalingGroupName=group, ScalingProcesses=["AlarmNotification"])
    assert {code for _, code, _ in load.answers} == {200}
    assert pids(cloud) == before


def slowest(api: Api, balancer: str) -> float:
    """Return the 99th percentile of the response times of the last hour, in seconds."""
    metric: MetricTypeDef = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "TargetResponseTime",
        "Dimensions": [{"Name": "LoadBalancer", "Value": balancer}],
    }
    answer = api.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "p99", "MetricStat": {"Metric": metric, "Period": 3_600, "Stat": "p99"}}],
        StartTime=datetime.now(UTC) - timedelta(minutes=59),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )
    return sum(answer["MetricDataResults"][0].get("Values", []))


def alarms_of_fleet(api: Api, outputs: dict[str, Any]) -> dict[str, str]:
    """Return the states of the alarms that the program has created for the fleet, by name."""
    found = api.client("cloudwatch").describe_alarms(AlarmNames=outputs["alarms"])["MetricAlarms"]
    states = {alarm.get("AlarmName", ""): alarm.get("StateValue", "") for alarm in found}
    return {name: state for name, state in states.items() if "fleet" in name}


def test_a_tag_of_the_target_group_balances_by_load_until_it_is_removed(
    cloud: RunningCloud, url: str, api: Api, outputs: dict[str, Any], group: str
):
    del group
    elbv2, arn = api.client("elbv2"), outputs["targetGroupArn"]
    key = "load_balancing.algorithm.type"
    elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": "local-cloud:algorithm", "Value": "least_load"}])
    try:
        until(lambda: f"the load balancer follows {key}=least_load" in story(cloud.status()), FOLLOWED_WITHIN)
        with ConcurrentLoad(url) as load:
            until(lambda: len(load.answers) > 200, 60)
        assert {code for _, code, _ in load.answers} == {200}
        assert len({served for _, _, served in load.answers}) == 2
    finally:
        elbv2.remove_tags(ResourceArns=[arn], TagKeys=["local-cloud:algorithm"])
    until(lambda: f"the load balancer follows {key}=round_robin" in story(cloud.status()), FOLLOWED_WITHIN)


def test_a_low_target_scales_the_group_out_and_cloudwatch_shows_alarms_and_metrics(
    cloud: RunningCloud, url: str, api: Api, outputs: dict[str, Any], group: str
):
    autoscaling, cloudwatch = api.client("autoscaling"), api.client("cloudwatch")
    balancer = outputs["loadBalancerArn"].rpartition("loadbalancer/")[2]
    target_group = outputs["targetGroupArn"].rpartition(":")[2]
    began = datetime.now(UTC)
    answer = autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="low-target",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": f"{balancer}/{target_group}",
            },
            "TargetValue": 600,
        },
    )
    high, low = sorted(alarm["AlarmName"] for alarm in answer["Alarms"])

    def states() -> dict[str, str]:
        found = cloudwatch.describe_alarms(AlarmNames=[high, low])["MetricAlarms"]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}

    def total(name: str) -> float:
        statistics = cloudwatch.get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName=name,
            Dimensions=[{"Name": "LoadBalancer", "Value": balancer}],
            StartTime=began - timedelta(minutes=1),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in statistics["Datapoints"])

    try:
        with ConcurrentLoad(url) as load:
            until(lambda: len(pids(cloud)) > 2, 120)
            assert states()[high] == "ALARM"
            assert states()[low] == "OK"
            until(lambda: total("RequestCount") > 600, 60)
            until(lambda: total("HTTPCode_Target_2XX_Count") > 600, 60)
            until(lambda: 0 < slowest(api, balancer) < 10, 60)
        until(lambda: {*alarms_of_fleet(api, outputs).values()} == {"OK"}, 60)
        assert {code for _, code, _ in load.answers} == {200}
        assert "ALBRequestCountPerTarget" in story(cloud.status())
    finally:
        autoscaling.delete_policy(AutoScalingGroupName=group, PolicyName="low-target")
        autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
        until(lambda: len(pids(cloud)) == 2, 60)
    assert states() == {}
