"""Descriptions of the AWS API as the controller reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.aws.clients import Api
from localcloud.controller.aws_queries import (
    GroupDescription,
    GroupPolicies,
    describe_group,
    describe_policies,
    mark_unhealthy,
)
from localcloud.controller.scaling.target_tracking import TargetTrackingPolicy
from tests.stubbed import stub

CPU: dict[str, Any] = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
    "TargetValue": 60.0,
}
PREDICTIVE: dict[str, Any] = {
    "PolicyName": "forecast",
    "PolicyType": "PredictiveScaling",
    "PredictiveScalingConfiguration": {"MetricSpecifications": [{"TargetValue": 60.0}]},
}


def described(*policies: dict[str, Any]) -> GroupPolicies:
    api = Api("http://127.0.0.1:1", "eu-west-1")
    response = {"ScalingPolicies": list(policies)}
    with stub(api.client("autoscaling"), [("describe_policies", {"AutoScalingGroupName": "iris"}, response)]):
        return describe_policies(api, "iris")


def tracking(**configuration: object) -> dict[str, Any]:
    return {
        "PolicyName": "cpu",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {**CPU, **configuration},
    }


# Auto Scaling API reference, TargetTrackingConfiguration: with DisableScaleIn, the policy does not remove
# instances; the default is false.
@pytest.mark.parametrize(
    ("given", "may_scale_in"),
    [({}, True), ({"DisableScaleIn": False}, True), ({"DisableScaleIn": True}, False)],
    ids=["by default", "enabled", "disabled"],
)
def test_a_policy_that_disables_scale_in_removes_no_instances(
    given: dict[str, bool],
    may_scale_in: bool,  # noqa: FBT001 (pytest passes it by name)
):
    assert described(tracking(**given), PREDICTIVE).tracking == [
        TargetTrackingPolicy("ASGAverageCPUUtilization", 60.0, may_scale_in=may_scale_in)
    ]


def test_a_policy_with_an_unknown_metric_is_named_and_the_others_are_followed():
    custom = {"MetricName": "Depth", "Namespace": "Queues", "Statistic": "Average"}
    queue = {
        "PolicyName": "queue",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {"CustomizedMetricSpecification": custom, "TargetValue": 5.0},
    }
    network = tracking(PredefinedMetricSpecification={"PredefinedMetricType": "ASGAverageNetworkIn"})
    found = described(queue, network | {"PolicyName": "network"}, tracking())
    assert found.ignored == ["queue", "network"]
    assert [policy.metric for policy in found.tracking] == ["ASGAverageCPUUtilization"]


def test_a_policy_that_is_disabled_or_of_another_type_is_left_to_localstack():
    step = {"PolicyName": "step", "PolicyType": "StepScaling"}
    assert described(step, tracking() | {"Enabled": False}) == GroupPolicies([], [])


def described_group(*instances: dict[str, Any], **fields: Any) -> GroupDescription:
    """Return the description of a group with instances of which only these fields are of interest."""
    listed = [
        {
            "InstanceId": f"i-{number}",
            "AvailabilityZone": "eu-west-1a",
            "LifecycleState": "InService",
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": False,
            **instance,
        }
        for number, instance in enumerate(instances)
    ]
    group: dict[str, Any] = {
        "AutoScalingGroupName": "iris",
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": datetime(2026, 1, 1, tzinfo=UTC),
        "Instances": listed,
        **fields,
    }
    api = Api("http://127.0.0.1:1", "eu-west-1")
    asked = {"AutoScalingGroupNames": ["iris"]}
    answer = ("describe_auto_scaling_groups", asked, {"AutoScalingGroups": [group]})
    with stub(api.client("autoscaling"), [answer]):
        return describe_group(api, "iris")


# Auto Scaling API reference, CreateAutoScalingGroup: HealthCheckType is a list, separated by commas.
@pytest.mark.parametrize(
    ("types", "checks_targets"), [("EC2", False), ("ELB", True), ("EC2,ELB", True), ("EBS,EC2", False)]
)
def test_the_health_checks_of_the_load_balancer_count_where_their_type_is_listed(
    types: str,
    checks_targets: bool,  # noqa: FBT001 (pytest passes it by name)
):
    assert described_group(HealthCheckType=types).checks_targets is checks_targets


# Auto Scaling replaces one that is stopped, but neither in standby nor while a process of it is suspended.
@pytest.mark.parametrize(
    ("state", "suspended", "may_list_stopped"),
    [("InService", [], False), ("Standby", [], True), ("InService", ["ReplaceUnhealthy"], True)],
)
def test_a_group_lists_stopped_instances_only_where_auto_scaling_keeps_them(
    state: str,
    suspended: list[str],
    may_list_stopped: bool,  # noqa: FBT001 (pytest passes it by name)
):
    processes = [{"ProcessName": name} for name in suspended]
    group = described_group({"LifecycleState": state}, SuspendedProcesses=processes)
    assert group.may_list_stopped is may_list_stopped


def test_a_group_has_the_states_of_its_instances_and_its_times():
    group = described_group(
        {},
        {"HealthStatus": "Unhealthy"},
        {"LifecycleState": "Standby", "ProtectedFromScaleIn": True},
        HealthCheckGracePeriod=90,
        DefaultInstanceWarmup=60,
    )
    assert (group.ids, group.in_service, group.unhealthy) == ({"i-0", "i-1", "i-2"}, {"i-0", "i-1"}, {"i-1"})
    assert [each.is_protected for each in group.instances] == [False, False, True]
    assert (group.limits.minimum, group.desired, group.limits.maximum) == (1, 2, 4)
    assert (group.grace_period, group.warm_up) == (90, 60)


def test_an_instance_without_a_process_is_replaced_also_in_its_grace_period():
    api = Api("http://127.0.0.1:1", "eu-west-1")
    asked = {"InstanceId": "i-1", "HealthStatus": "Unhealthy", "ShouldRespectGracePeriod": False}
    stubber = stub(api.client("autoscaling"), [("set_instance_health", asked, {})])
    with stubber:
        mark_unhealthy(api, "i-1")
        stubber.assert_no_pending_responses()
