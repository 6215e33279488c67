"""Descriptions of the AWS API as the controller reads them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.aws.clients import Api
from localcloud.controller.aws_queries import describe_policies
from localcloud.controller.target_tracking import TargetTrackingPolicy
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


def described(*policies: dict[str, Any]) -> list[TargetTrackingPolicy]:
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
    assert described(tracking(**given), PREDICTIVE) == [
        TargetTrackingPolicy("ASGAverageCPUUtilization", 60.0, may_scale_in=may_scale_in)
    ]
