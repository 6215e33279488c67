"""Differences between two descriptions of a load balancer, in AWS's words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from localcloud.load_balancer.description import LoadBalancerDescription, differences
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP

if TYPE_CHECKING:
    from types_boto3_elbv2.type_defs import TargetGroupTypeDef

DESCRIPTION = LoadBalancerDescription(
    load_balancer_attributes=LOAD_BALANCER,
    target_group=cast("TargetGroupTypeDef", TARGET_GROUP),
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


def test_a_changed_health_check_is_named():
    group = {**TARGET_GROUP, "HealthCheckPath": "/livez", "Matcher": {"HttpCode": "200-299"}}
    assert changed(target_group=group) == ["HealthCheckPath=/livez", "Matcher=200-299"]


def test_the_number_of_changed_listener_rules_is_named():
    assert changed(rules=[{"Priority": "1"}]) == ["listener rules=1"]
