"""Differences between two descriptions of a load balancer, in AWS's words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.aws.clients import Api
from localcloud.load_balancer.description import (
    LoadBalancerDescription,
    describe_load_balancer,
    differences,
    is_followed,
)
from localcloud.load_balancer.routing.forwarding import TargetGroup
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP
from tests.stubbed import stub

DESCRIPTION = LoadBalancerDescription(
    load_balancer_attributes=LOAD_BALANCER,
    target_group=TARGET_GROUP,
    target_group_attributes={"load_balancing.algorithm.type": "round_robin"},
    rules=[],
)


def changed(**fields: Any) -> list[str]:
    return differences(DESCRIPTION, replace(DESCRIPTION, **fields))


def test_an_equal_description_has_no_differences():
    assert changed(target_group={**TARGET_GROUP, "LoadBalancerArns": ["arn:of:another"]}) == []


def test_attributes_are_named_with_their_new_values():
    assert changed(
        load_balancer_attributes=LOAD_BALANCER | {"idle_timeout.timeout_seconds": "7"},
        target_group_attributes={
            "load_balancing.algorithm.type": "weighted_random",
            "slow_start.duration_seconds": "30",
        },
    ) == [
        "idle_timeout.timeout_seconds=7",
        "load_balancing.algorithm.type=weighted_random",
        "slow_start.duration_seconds=30",
    ]


@pytest.mark.parametrize(
    ("change", "followed"),
    [
        ("idle_timeout.timeout_seconds=7", True),
        ("other: stickiness.enabled=true", True),
        ("routing.http.desync_mitigation_mode=strictest", False),
        ("other: target_group_health.dns_failover.minimum_healthy_targets.count=2", False),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count=2", False),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage=50", True),
        ("routing.http.preserve_host_header.enabled=true", False),
        ("routing.http.drop_invalid_header_fields.enabled=true", True),
        ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled=true", False),
        ("routing.http.xff_client_port.enabled=true", True),
        ("routing.http2.enabled=false", True),
        ("access_logs.s3.enabled=true", False),
        ("connection_logs.s3.enabled=true", False),
        ("deletion_protection.enabled=true", False),
        ("zonal_shift.config.enabled=true", False),
        ("waf.fail_open.enabled=true", True),
        ("client_keep_alive.seconds=60", True),
        ("load_balancing.cross_zone.enabled=false", True),
    ],
)
def test_attributes_without_effect_are_told_from_those_that_are_followed(change: str, *, followed: bool):
    assert is_followed(change) is followed


def test_a_changed_health_check_is_named():
    group = {**TARGET_GROUP, "HealthCheckPath": "/livez", "Matcher": {"HttpCode": "200-299"}}
    assert changed(target_group=group) == ["HealthCheckPath=/livez", "Matcher=200-299"]


def test_the_number_of_changed_listener_rules_is_named():
    assert changed(rules=[{"Priority": "1"}]) == ["listener rules=1"]


def test_another_target_group_is_named_with_its_changes():
    group = TargetGroup(
        {**TARGET_GROUP, "TargetGroupArn": "arn:b/1", "TargetGroupName": "b"}, {"stickiness.enabled": "false"}
    )
    assert changed(others={"arn:b/1": group}) == ["target group b"]
    before = replace(DESCRIPTION, others={"arn:b/1": group})
    sticky = replace(group, attributes={"stickiness.enabled": "true"})
    assert differences(before, replace(before, others={"arn:b/1": sticky})) == ["b: stickiness.enabled=true"]


BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/iris/1"


def rule_at(priority: str, group: str | None = None) -> dict[str, Any]:
    forward = {"Type": "forward", "TargetGroupArn": group}
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    actions = [forward if group else fixed]
    return {"Priority": priority, "IsDefault": priority == "default", "Conditions": [], "Actions": actions}


def described(default: dict[str, Any], *rules: dict[str, Any], groups: list[str]) -> LoadBalancerDescription:
    """Return the description of a load balancer with a redirect beside its listener.

    Args:
        default: default action of the listener.
        rules: its rules, in the order in which the API lists them.
        groups: ARNs of the target groups, in the order in which they are described.
    """
    api = Api("http://127.0.0.1:1", "eu-west-1")
    redirect = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}
    listeners = [
        {"ListenerArn": "arn:listener/80", "DefaultActions": [redirect]},
        {"ListenerArn": "arn:listener/443", "DefaultActions": [default]},
    ]
    balancer = {"LoadBalancerArn": BALANCER, "AvailabilityZones": [{"ZoneName": z} for z in ("b", "a")]}
    answers: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("describe_listeners", {"LoadBalancerArn": BALANCER}, {"Listeners": listeners}),
        (
            "describe_target_groups",
            {"LoadBalancerArn": BALANCER},
            {"TargetGroups": [{"TargetGroupArn": groups[-1]}]},
        ),
        ("describe_rules", {"ListenerArn": "arn:listener/443"}, {"Rules": [*rules]}),
        ("describe_load_balancers", {"LoadBalancerArns": [BALANCER]}, {"LoadBalancers": [balancer]}),
        (
            "describe_load_balancer_attributes",
            {"LoadBalancerArn": BALANCER},
            {"Attributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "60"}]},
        ),
    ]
    for arn in groups:
        attributes, tags = [{"Key": "stickiness.enabled", "Value": "false"}], [{"Key": "k", "Value": "v"}]
        answers += [
            ("describe_target_group_attributes", {"TargetGroupArn": arn}, {"Attributes": attributes}),
            ("describe_tags", {"ResourceArns": [arn]}, {"TagDescriptions": [{"Tags": tags}]}),
            (
                "describe_target_groups",
                {"TargetGroupArns": [arn]},
                {"TargetGroups": [{"TargetGroupArn": arn}]},
            ),
        ]
    with (
        stub(api.client("elbv2"), answers),
        stub(api.client("wafv2"), [("get_web_acl_for_resource", {"ResourceArn": BALANCER}, {})]),
    ):
        return describe_load_balancer(api, BALANCER)


def test_the_listener_that_forwards_is_described_with_its_rules_by_priority():
    default = {"Type": "forward", "TargetGroupArn": "arn:main"}
    rules = [rule_at("10"), rule_at("default", "arn:main"), rule_at("9", "arn:other")]
    # The other groups are described first.
    found = described(default, *rules, groups=["arn:other", "arn:main"])
    assert [each.get("Priority") for each in found.rules] == ["9", "10"]
    assert (found.target_group_arns, found.zones) == (["arn:main", "arn:other"], ["a", "b"])
    assert (found.has_web_acl, found.target_group_attributes) == (False, {"stickiness.enabled": "false"})


def test_a_default_action_with_several_target_groups_is_the_last_rule():
    weights = [{"TargetGroupArn": f"arn:{name}", "Weight": 1} for name in ("main", "canary")]
    default = {"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}
    found = described(default, rule_at("9"), groups=["arn:canary", "arn:main"])
    kinds = [action["Type"] for each in found.rules for action in each.get("Actions", ())]
    assert kinds == ["fixed-response", "forward"]
    assert found.target_group_arns == ["arn:main", "arn:canary"]


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("HealthCheckPath", "/other", "/other"),
        ("HealthCheckIntervalSeconds", 77, "77"),
        ("HealthCheckTimeoutSeconds", 66, "66"),
        ("HealthyThresholdCount", 9, "9"),
        ("UnhealthyThresholdCount", 8, "8"),
        ("Matcher", {"HttpCode": "299"}, "299"),
    ],
)
def test_each_setting_of_the_health_check_is_a_change(key: str, value: Any, shown: str):
    changed: Any = {**DESCRIPTION.target_group, key: value}
    assert differences(DESCRIPTION, replace(DESCRIPTION, target_group=changed)) == [f"{key}={shown}"]
