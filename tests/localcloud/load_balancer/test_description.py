"""Differences between two descriptions of a load balancer, in AWS's words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.load_balancer.description import LoadBalancerDescription, differences, is_followed
from localcloud.load_balancer.routing.forwarding import TargetGroup
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP

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
