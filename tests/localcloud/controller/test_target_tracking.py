from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.controller.target_tracking import (
    CapacityLimits,
    InstanceHealth,
    ScaleInCooldown,
    TargetTrackingPolicy,
    decide_capacity,
    desired_capacity,
    unhealthy_instances,
)

REQUESTS = TargetTrackingPolicy("ALBRequestCountPerTarget", 1000)
WIDE = CapacityLimits(1, 100)

sizes = st.integers(1, 100)
loads = st.floats(0, 1e6)


def test_an_unhealthy_instance_is_replaced_after_its_grace_period():
    young, old, well = (
        InstanceHealth("i-1", 30, False),
        InstanceHealth("i-2", 90, False),
        InstanceHealth("i-3", 90, True),
    )
    assert unhealthy_instances([young, old, well], grace_period=60) == ["i-2"]


def test_an_instance_is_not_replaced_in_the_last_second_of_its_grace_period():
    assert unhealthy_instances(
        [InstanceHealth("i-1", 60, False), InstanceHealth("i-2", 60.5, False)], grace_period=60
    ) == ["i-2"]


@pytest.mark.parametrize(
    ("value", "capacity"),
    [(1000, 4), (1001, 5), (2000, 8), (950, 4), (899, 4), (749, 3), (0, 1)],
)
def test_the_capacity_is_the_one_at_which_the_metric_would_meet_its_target(value: float, capacity: int):
    assert desired_capacity(4, REQUESTS, value, WIDE) == capacity


# AWS's own alarm for scale-in has a threshold of 90 % of the target, according to its description: the group
# scales in only below it.
@pytest.mark.parametrize(("value", "capacity"), [(1000, 10), (901, 10), (900, 10), (899, 9)])
def test_a_group_scales_in_only_below_nine_tenths_of_the_target(value: float, capacity: int):
    assert desired_capacity(10, REQUESTS, value, WIDE) == capacity


def test_a_policy_without_scale_in_never_reduces_the_capacity():
    assert (
        desired_capacity(
            4, TargetTrackingPolicy("ALBRequestCountPerTarget", 1000, may_scale_in=False), 0, WIDE
        )
        == 4
    )


@given(current=sizes, value=loads)
def test_the_limits_hold_for_any_load(current: int, value: float):
    assert 2 <= desired_capacity(current, REQUESTS, value, CapacityLimits(2, 5)) <= 5


@given(current=sizes, one=loads, other=loads)
def test_more_load_never_means_fewer_instances(current: int, one: float, other: float):
    less, more = sorted((one, other))
    wide = CapacityLimits(1, 10**9)
    assert desired_capacity(current, REQUESTS, less, wide) <= desired_capacity(current, REQUESTS, more, wide)


def test_the_policy_with_the_largest_capacity_decides():
    cpu = TargetTrackingPolicy("ASGAverageCPUUtilization", 60)
    assert decide_capacity(2, [(REQUESTS, 100), (cpu, 90)], WIDE) == 3


def test_without_metrics_the_capacity_is_unchanged():
    assert decide_capacity(3, [], WIDE) == 3


def test_a_group_scales_out_immediately():
    assert ScaleInCooldown(180).apply(0, current=2, required=4) == 4


def test_a_group_scales_in_only_after_the_whole_cooldown():
    cooldown = ScaleInCooldown(180)
    capacities = [cooldown.apply(now, current=4, required=2) for now in (0, 100, 179, 180)]
    assert capacities == [4, 4, 4, 2]


def test_a_moment_of_load_restarts_the_cooldown():
    cooldown = ScaleInCooldown(180)
    cooldown.apply(0, current=4, required=2)
    cooldown.apply(100, current=4, required=4)
    assert cooldown.apply(200, current=4, required=2) == 4


def test_each_scale_in_needs_a_whole_cooldown_of_its_own():
    cooldown = ScaleInCooldown(180)
    first = [cooldown.apply(now, current=4, required=3) for now in (0, 180)]
    second = [cooldown.apply(now, current=3, required=2) for now in (190, 369, 370)]
    assert (first, second) == ([4, 3], [3, 3, 2])
