"""Loss of LocalStack: the fleet serves on, and another LocalStack adopts it.

This module is the last one of its folder: afterwards the resources of the cloud have other names.
"""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from localcloud import processes
from localcloud.controller.aws_queries import ADDRESS_TAG
from localcloud.controller.settings_record import SettingsRecord
from localcloud.environment import Identity
from localcloud.load_balancer.description import find_listener
from tests.localstack.test_failures import ConcurrentLoad, ids, pid_of, story
from tests.suite.waiting import until

if TYPE_CHECKING:
    from localcloud.aws.clients import Api
    from localcloud.processes import Role
    from tests.localstack.conftest import RunningCloud

RECOVERED_WITHIN = 240
"""Seconds; a machine that does nothing else takes 20."""


def pids(status: dict[str, Any]) -> dict[str, int]:
    return {instance["id"]: instance["pid"] for instance in status["instances"]}


def change_settings(api: Api, group: str, load_balancer: str) -> None:
    """Put a listener rule, a policy, a scheduled action, and an alarm of the policy."""
    autoscaling = api.client("autoscaling")
    policy = autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="restored",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=1,
    )["PolicyARN"]
    autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=group, ScheduledActionName="restored", Recurrence="0 0 1 1 *", MinSize=3
    )
    api.client("cloudwatch").put_metric_alarm(
        AlarmName="restored",
        Namespace="AWS/ApplicationELB",
        MetricName="RequestCount",
        Dimensions=[{"Name": "LoadBalancer", "Value": load_balancer.rpartition("loadbalancer/")[2]}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=10**9,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy],
    )
    response = {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": "restored"}
    api.client("elbv2").create_rule(
        ListenerArn=find_listener(api, load_balancer).get("ListenerArn", ""),
        Priority=90,
        Conditions=[{"Field": "path-pattern", "Values": ["/restored"]}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": response}],  # pyright: ignore[reportArgumentType] - its keys are literals
    )


def settings(api: Api, group: str) -> dict[str, Any]:
    """Return the names of what has been put, and those of alarms without their random parts."""
    autoscaling = api.client("autoscaling")
    policies = autoscaling.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    scheduled = autoscaling.describe_scheduled_actions(AutoScalingGroupName=group)
    names = [policy.get("PolicyName", "") for policy in policies]
    alarms = api.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {
        "policies": [name for name in names if name == "restored"],
        "scheduled": [each.get("ScheduledActionName") for each in scheduled["ScheduledUpdateGroupActions"]],
        "alarms": sorted(
            re.sub(r"-[-0-9a-f]{7,}(?=-|$)", "", alarm.get("AlarmName", "")) for alarm in alarms
        ),
    }


def is_recorded(cloud: RunningCloud) -> bool:
    """Return whether the record holds all that `change_settings` puts, which may be read in between."""
    record = SettingsRecord.read(cloud.home / "settings.json")
    assert record is not None
    named = (
        (record.policies, "PolicyName"),
        (record.scheduled, "ScheduledActionName"),
        (record.alarms, "AlarmName"),
    )
    return all("restored" in {each[key] for each in found} for found, key in named) and "90" in {
        rule["Priority"] for rule in record.rules
    }


def kill(cloud: RunningCloud, *roles: Role) -> None:
    """Kill all processes of some roles, in their order, and wait until they have ended."""
    found = processes.find(cloud.home.resolve())
    killed = [each.process for role in roles for each in found if each.role == role]
    for process in killed:
        process.kill()
    # On a busy machine, a process that is killed may be seen for a second.
    assert not psutil.wait_procs(killed, timeout=20)[1]


@pytest.mark.usefixtures("own_control_plane")
@pytest.mark.timeout(600)
def test_a_lost_localstack_is_restored_by_the_controller_and_adopts_what_runs(cloud: RunningCloud, url: str):
    before = cloud.settled_status()
    api = Identity(**before["identity"]).api
    group = before["outputs"]["autoScalingGroup"]
    attributes = [{"Key": "deregistration_delay.timeout_seconds", "Value": "7"}]
    api.client("elbv2").modify_target_group_attributes(
        TargetGroupArn=before["outputs"]["targetGroupArn"],
        Attributes=attributes,  # pyright: ignore[reportArgumentType] - its keys are literals
    )
    api.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=group, MaxSize=7)
    change_settings(api, group, before["outputs"]["loadBalancerArn"])
    until(lambda: is_recorded(cloud))
    until(lambda: httpx.get(f"{url}/restored", trust_env=False).status_code == 418)
    alarms = settings(api, group)["alarms"]
    until(lambda: '"maximum": 7' in (cloud.home / "fleet.json").read_text())
    until(lambda: '"deregistration_delay.timeout_seconds": "7"' in (cloud.home / "fleet.json").read_text())
    with ConcurrentLoad(url) as load:
        until(lambda: len(load.answers) > 20)
        kill(cloud, "control-plane")
        until(lambda: not cloud.status()["up"])
        until(lambda: cloud.status()["up"], RECOVERED_WITHIN)
        so_far = len(load.answers)
        until(lambda: len(load.answers) > so_far + 50)
    assert {code for _, code, _ in load.answers} == {200}
    after = cloud.status()
    assert pids(after) == pids(before)
    for role in ("balancer", "controller"):
        assert [part["pid"] for part in after["parts"] if part["role"] == role] == [
            part["pid"] for part in before["parts"] if part["role"] == role
        ]
    assert after["identity"] == before["identity"]
    assert "LocalStack lost its process; another one is started, and adopts what runs" in story(after)
    (described,) = api.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert described["MaxSize"] == 7
    assert {instance["InstanceId"] for instance in described["Instances"]} == ids(before)
    found_instances = api.client("ec2").describe_instances(InstanceIds=sorted(ids(before)))
    tags = [
        tag["Key"]
        for reservation in found_instances["Reservations"]
        for instance in reservation["Instances"]
        for tag in instance["Tags"]
    ]
    assert tags.count(ADDRESS_TAG) == 2
    found = api.client("elbv2").describe_target_group_attributes(
        TargetGroupArn=after["outputs"]["targetGroupArn"]
    )["Attributes"]
    assert attributes[0] in [dict(each) for each in found]
    restored = settings(api, group := after["outputs"]["autoScalingGroup"])
    assert restored["alarms"] == alarms
    assert restored["policies"] == ["restored"]
    assert restored["scheduled"] == ["restored"]
    policies = api.client("autoscaling").describe_policies(
        AutoScalingGroupName=group, PolicyNames=["restored"]
    )
    (policy,) = policies["ScalingPolicies"]
    (alarm,) = api.client("cloudwatch").describe_alarms(AlarmNames=["restored"])["MetricAlarms"]
    assert alarm.get("AlarmActions") == [policy.get("PolicyARN")]
    assert alarm.get("Dimensions") == [
        {"Name": "LoadBalancer", "Value": after["outputs"]["loadBalancerArn"].rpartition("loadbalancer/")[2]}
    ]
    until(lambda: httpx.get(f"{url}/restored", trust_env=False).status_code == 418)
    assert "a setting is lost" not in story(after)


@pytest.mark.usefixtures("own_control_plane")
@pytest.mark.timeout(600)
def test_up_restores_a_lost_localstack_and_controller_and_replaces_an_instance_that_died_meanwhile(
    cloud: RunningCloud, url: str
):
    before = cloud.settled_status()
    victim, other = before["instances"]
    envoy = pid_of(cloud, "balancer")
    with ConcurrentLoad(url) as load:
        until(lambda: len(load.answers) > 20)
        # The controller first, which would replace both.
        kill(cloud, "controller", "control-plane")
        assert [part["pid"] for part in cloud.status()["parts"] if part["role"] == "controller"] == [None]
        os.kill(victim["pid"], signal.SIGKILL)
        restored = cloud.command("up")
        so_far = len(load.answers)
        until(lambda: len(load.answers) > so_far + 50)
    assert "It was already up." not in restored.stderr
    # At most those in flight at the instance that died.
    assert len([1 for _, code, _ in load.answers if code != 200]) <= 4
    after = cloud.status()
    assert after["up"]
    assert pid_of(cloud, "balancer") == envoy
    assert pids(after)[other["id"]] == other["pid"]
    assert len(after["instances"]) == 2
    assert victim["id"] not in ids(after)
    assert {instance["zone"] for instance in after["instances"]} == {victim["zone"], other["zone"]}


@pytest.mark.timeout(600)
def test_a_lost_zone_is_served_by_the_other_one_until_it_is_restored(cloud: RunningCloud, url: str):
    before = cloud.settled_status()
    victim, other = before["instances"]
    with ConcurrentLoad(url) as load:
        until(lambda: len(load.answers) > 20)
        lost = cloud.command("lose-zone", victim["zone"])
        assert lost.stdout == f"{victim['zone']} is lost, with 2 processes.\n"

        def is_replaced() -> bool:
            now = cloud.status()
            healthy = [each["id"] for each in now["instances"] if each["health"] == "healthy"]
            # A dead instance stays healthy until the load balancers hear of it.
            return len(healthy) == len(now["instances"]) == 2 and victim["id"] not in healthy

        until(is_replaced, 120)
        lost_at = len(load.answers)
        until(lambda: len(load.answers) > lost_at + 100)
        during = cloud.status()
        cloud.command("restore-zone", victim["zone"])
        until(lambda: cloud.status()["up"], 120)
    assert {instance["zone"] for instance in during["instances"]} == {other["zone"]}
    assert [part["pid"] for part in during["parts"] if part["zone"] == victim["zone"]] == [None]
    # At most those in flight in the zone.
    assert sum(code != 200 for _, code, _ in load.answers) <= 4
    again = cloud.command("restore-zone", victim["zone"], check=False)
    assert again.returncode == 1
    assert again.stderr == f"Error: {victim['zone']} is not lost\n"
