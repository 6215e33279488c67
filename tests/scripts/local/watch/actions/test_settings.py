"""Changes of the fleet's settings, as the AWS API receives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.aws.clients import Api
from scripts.local.watch.actions.outcome import ActionError
from scripts.local.watch.actions.settings import (
    change_algorithm,
    change_firewall,
    change_size,
    change_target,
)
from tests.stubbed import stub

OUTPUTS = {"autoScalingGroup": "iris"}

REQUESTS = {
    "PredefinedMetricType": "ALBRequestCountPerTarget",
    "ResourceLabel": "app/iris/1/targetgroup/iris/1",
}

CPU: dict[str, Any] = {
    "PolicyName": "cpu",
    "TargetTrackingConfiguration": {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 60.0,
    },
}


@pytest.fixture
def api() -> Api:
    return Api("http://127.0.0.1:1", "eu-west-1")


@pytest.mark.parametrize(("desired", "expected"), [(1, 3), (3, 3), (4, 4), (5, 5), (9, 5)])
def test_a_change_of_the_limits_keeps_the_size_that_lies_within_them(api: Api, desired: int, expected: int):
    described = {
        "AutoScalingGroupName": "iris",
        "MinSize": 1,
        "MaxSize": 12,
        "DesiredCapacity": desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "ELB",
        "CreatedTime": datetime(2026, 1, 1, tzinfo=UTC),
    }
    sizes = {"MinSize": 3, "MaxSize": 5, "DesiredCapacity": expected}
    stubber = stub(
        api.client("autoscaling"),
        [
            (
                "describe_auto_scaling_groups",
                {"AutoScalingGroupNames": ["iris"]},
                {"AutoScalingGroups": [described]},
            ),
            ("update_auto_scaling_group", {"AutoScalingGroupName": "iris", **sizes}, {}),
        ],
    )
    with stubber:
        outcome = change_size(api, OUTPUTS, {"minimum": "3", "maximum": "5"})
        stubber.assert_no_pending_responses()
    assert outcome.values == {"minimum": 3, "maximum": 5}


# Auto Scaling API reference, PredefinedMetricSpecification: `ALBRequestCountPerTarget` counts the requests of
# a minute to each target; the page has those of a second.
@pytest.mark.parametrize("may_not_scale_in", [True, False])
def test_a_change_of_the_target_is_one_by_the_minute_and_of_nothing_else(
    api: Api,
    may_not_scale_in: bool,  # noqa: FBT001 (pytest passes it by name)
):
    before = {
        "PredefinedMetricSpecification": REQUESTS,
        "TargetValue": 1_000.0,
        "DisableScaleIn": may_not_scale_in,
    }
    policies = [CPU, {"PolicyName": "requests", "TargetTrackingConfiguration": before}]
    put = {
        "AutoScalingGroupName": "iris",
        "PolicyName": "requests",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": before | {"TargetValue": 1_500.0},
    }
    stubber = stub(
        api.client("autoscaling"),
        [
            ("describe_policies", {"AutoScalingGroupName": "iris"}, {"ScalingPolicies": policies}),
            ("put_scaling_policy", put, {}),
        ],
    )
    with stubber:
        outcome = change_target(api, OUTPUTS, {"target": "25"})
        stubber.assert_no_pending_responses()
    assert outcome.values == {"target": "25"}


def test_a_fleet_without_a_policy_for_requests_has_no_such_target(api: Api):
    described = ("describe_policies", {"AutoScalingGroupName": "iris"}, {"ScalingPolicies": [CPU]})
    with stub(api.client("autoscaling"), [described]), pytest.raises(ActionError, match="no_policy"):
        change_target(api, OUTPUTS, {"target": "25"})


GROUP = {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/iris/1"}
TAG = "local-cloud:algorithm"


@pytest.mark.parametrize("algorithm", ["round_robin", "weighted_random", "least_outstanding_requests"])
def test_an_algorithm_of_an_alb_replaces_the_tag_of_least_load(api: Api, algorithm: str):
    arn = GROUP["targetGroupArn"]
    attribute = {"Key": "load_balancing.algorithm.type", "Value": algorithm}
    stubber = stub(
        api.client("elbv2"),
        [
            ("remove_tags", {"ResourceArns": [arn], "TagKeys": [TAG]}, {}),
            ("modify_target_group_attributes", {"TargetGroupArn": arn, "Attributes": [attribute]}, {}),
        ],
    )
    with stubber:
        assert change_algorithm(api, GROUP, algorithm).values == {"name": algorithm}
        stubber.assert_no_pending_responses()


def test_least_load_is_a_tag_and_another_algorithm_does_not_exist(api: Api):
    tag = {"ResourceArns": [GROUP["targetGroupArn"]], "Tags": [{"Key": TAG, "Value": "least_load"}]}
    stubber = stub(api.client("elbv2"), [("add_tags", tag, {})])
    with stubber:
        change_algorithm(api, GROUP, "least_load")
        stubber.assert_no_pending_responses()
        with pytest.raises(ActionError, match="unknown_action"):
            change_algorithm(api, GROUP, "random")


VISIBILITY = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}


@pytest.mark.parametrize(("blocks", "override"), [(True, "None"), (False, "Count")])
def test_the_firewall_blocks_or_counts_by_the_latest_version_of_its_web_acl(
    api: Api,
    blocks: bool,  # noqa: FBT001 (pytest passes it by name)
    override: str,
):
    group = {"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet"}
    rule: dict[str, Any] = {
        "Name": "AWSManagedRulesSQLiRuleSet",
        "Priority": 0,
        "Statement": {"ManagedRuleGroupStatement": group},
        "VisibilityConfig": VISIBILITY,
    }
    acl: dict[str, Any] = {
        "Name": "iris",
        "Id": "1",
        "ARN": "arn:aws:wafv2:acl-of-iris",
        "DefaultAction": {"Block": {}},
        "VisibilityConfig": VISIBILITY,
        "Rules": [rule | {"OverrideAction": {"Count": {}}}],
    }
    balancer = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/iris/1"
    named = {"Name": "iris", "Id": "1", "Scope": "REGIONAL"}
    kept = {key: acl[key] for key in ("DefaultAction", "VisibilityConfig")}
    stubber = stub(
        api.client("wafv2"),
        [
            ("get_web_acl_for_resource", {"ResourceArn": balancer}, {"WebACL": acl}),
            ("get_web_acl", named, {"WebACL": acl, "LockToken": "latest"}),
            (
                "update_web_acl",
                {
                    **named,
                    **kept,
                    "LockToken": "latest",
                    "Rules": [rule | {"OverrideAction": {override: {}}}],
                },
                {},
            ),
        ],
    )
    with stubber:
        outcome = change_firewall(api, {"loadBalancerArn": balancer}, blocks=blocks)
        stubber.assert_no_pending_responses()
    assert outcome.text == ("firewall_blocks" if blocks else "firewall_counts")
