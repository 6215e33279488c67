"""Zones of a load balancer: targets, connections and health of each."""

from __future__ import annotations

import pytest

from localcloud.load_balancer.envoy_config import EnvoyTarget, TargetStatus
from localcloud.load_balancer.zones import is_cross_zone, merge_statuses, serving_zones, targets_of_zone

KEY = "load_balancing.cross_zone.enabled"
ZONES = ["a", "b"]
TARGETS = [EnvoyTarget("i-1", 1, "a"), EnvoyTarget("i-2", 2, "b"), EnvoyTarget("i-3", 3, "b")]


# "Cross-zone load balancing for target groups" in the user guide for Application Load Balancers.
@pytest.mark.parametrize(
    ("of_balancer", "of_group", "expected"),
    [
        ({}, {}, True),
        ({KEY: "true"}, {KEY: "use_load_balancer_configuration"}, True),
        ({KEY: "true"}, {KEY: "false"}, False),
        ({KEY: "false"}, {KEY: "true"}, True),
        ({KEY: "false"}, {KEY: "use_load_balancer_configuration"}, False),
    ],
)
def test_the_target_group_overrides_the_load_balancer(
    of_balancer: dict[str, str],
    of_group: dict[str, str],
    expected: bool,  # noqa: FBT001 - a column of the table
):
    assert is_cross_zone(of_balancer, of_group) is expected


def test_across_zones_each_sends_to_all_targets():
    assert targets_of_zone("a", TARGETS, cross_zone=True) == TARGETS


def test_without_that_each_sends_to_its_own():
    assert [target.instance_id for target in targets_of_zone("b", TARGETS, cross_zone=False)] == [
        "i-2",
        "i-3",
    ]


def test_an_envoy_of_all_zones_sends_to_all_targets():
    assert targets_of_zone("", TARGETS, cross_zone=False) == TARGETS


@pytest.mark.parametrize(
    ("healthy", "expected"),
    [("ab", ["a", "b"]), ("b", ["b"]), ("", ["a", "b"])],
)
def test_a_zone_without_healthy_targets_accepts_no_connections_unless_no_zone_has_any(
    healthy: str, expected: list[str]
):
    targets = [EnvoyTarget(f"i-{zone}", 1, zone, healthy=zone in healthy) for zone in ZONES]
    assert serving_zones(ZONES, targets, cross_zone=False) == expected
    assert serving_zones(ZONES, targets, cross_zone=True) == ZONES


def test_before_any_target_is_registered_all_zones_accept_connections():
    assert serving_zones(ZONES, [], cross_zone=False) == ZONES


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (True, True, True),
        (True, False, True),
        (False, False, False),
        # A load balancer that was just replaced has not checked it yet.
        (None, True, True),
        (False, None, False),
        (None, None, None),
    ],
)
def test_a_target_is_unhealthy_only_if_no_zone_reaches_it(
    first: bool | None,  # noqa: FBT001 - columns of the table
    second: bool | None,  # noqa: FBT001 - as well
    expected: bool | None,  # noqa: FBT001 - as well
):
    merged = merge_statuses([{"i-1": TargetStatus(first, 2)}, {"i-1": TargetStatus(second, 3)}])
    assert merged == {"i-1": TargetStatus(expected, 5)}
