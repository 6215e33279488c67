"""Descriptions of the AWS API as the controller reads them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.clients import Api
from localcloud.controller.aws_queries import GroupPolicies, describe_policies
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
