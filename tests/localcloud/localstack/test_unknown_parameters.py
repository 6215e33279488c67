"""Parameters of AWS that are newer than LocalStack's models, which would be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.localstack.fleet import FleetResources


def protect_group(fleet: FleetResources, group: str) -> Any:
    return fleet.localstack.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=group, MaxSize=5, DeletionProtection="prevent-all-deletion"
    )


def terminate_several(fleet: FleetResources, group: str) -> Any:
    return fleet.localstack.client("autoscaling").terminate_instance_in_auto_scaling_group(
        AutoScalingGroupName=group,
        InstanceIds=[*fleet.zones(group)],
        InstanceId=next(iter(fleet.zones(group))),
        ShouldDecrementDesiredCapacity=False,
    )


def rewrite_paths(fleet: FleetResources, _group: str) -> Any:
    elbv2 = fleet.localstack.client("elbv2")
    listener = elbv2.describe_listeners(LoadBalancerArn=fleet.load_balancer)["Listeners"][0]["ListenerArn"]
    return elbv2.create_rule(
        ListenerArn=listener,
        Priority=900,
        Conditions=[{"Field": "host-header", "HostHeaderConfig": {"RegexValues": ["^a"], "Values": ["a"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": fleet.target_group}],
        Transforms=[
            {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/a", "Replace": "/b"}]}}
        ],
    )


@pytest.mark.parametrize(
    ("request_newer", "names"),
    [
        (protect_group, "DeletionProtection"),
        (terminate_several, "AutoScalingGroupName, InstanceIds"),
        (rewrite_paths, "Conditions.HostHeaderConfig.RegexValues, Transforms"),
    ],
)
def test_a_request_with_parameters_that_would_be_lost_is_refused_and_changes_nothing(
    fleet: FleetResources, request_newer: Callable[[FleetResources, str], Any], names: str
):
    group = fleet.make_group(2)
    before = fleet.describe(group)
    with pytest.raises(ClientError, match=f"ValidationError.*Not supported by this LocalStack: {names}$"):
        request_newer(fleet, group)
    assert fleet.describe(group) == before


def test_a_nested_parameter_of_a_json_api_that_would_be_lost_is_refused(fleet: FleetResources):
    wafv2 = fleet.localstack.client("wafv2")
    visibility = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "newer"}
    statement: dict[str, Any] = {
        "SearchString": b"a",
        "FieldToMatch": {"QueryString": {}},
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
        "PreParseTextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
        "PositionalConstraint": "CONTAINS",
    }
    rule: dict[str, Any] = {
        "Name": "newer",
        "Priority": 0,
        "Statement": {"ByteMatchStatement": statement},
        "Action": {"Block": {}},
        "VisibilityConfig": visibility,
    }
    lost = r"Rules\.Statement\.ByteMatchStatement\.PreParseTextTransformations"
    with pytest.raises(ClientError, match=f"ValidationException.*Not supported by this LocalStack: {lost}$"):
        wafv2.create_rule_group(
            Name="newer", Scope="REGIONAL", Capacity=10, Rules=[rule], VisibilityConfig=visibility
        )
