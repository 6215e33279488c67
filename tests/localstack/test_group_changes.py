"""Changes of the Auto Scaling group by its API, which the running cloud follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.localstack.test_failures import ConcurrentLoad, story
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.aws.clients import Api
    from tests.localstack.conftest import RunningCloud

FOLLOWED_WITHIN = 30
"""Seconds; it takes one on a processor of its own."""


@pytest.fixture
def group(cloud: RunningCloud, outputs: dict[str, Any]) -> Iterator[str]:
    until(lambda: cloud.status()["up"], 60)
    yield outputs["autoScalingGroup"]
    until(lambda: cloud.status()["up"], 60)


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
            assert not serves(load, first)
            autoscaling.attach_instances(AutoScalingGroupName=group, InstanceIds=[first])
            wait_for_health(cloud, first, "healthy")
            assert serves(load, first)
    finally:
        autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, MinSize=2)
    assert {code for _, code, _ in load.answers} == {200}
    assert pids(cloud) == before
