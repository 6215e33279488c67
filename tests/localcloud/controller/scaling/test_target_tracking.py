"""Decisions of target tracking and of health checks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.controller.scaling.metrics import PERIOD, Datapoint
from localcloud.controller.scaling.target_tracking import (
    AlarmStates,
    CapacityLimits,
    InstanceHealth,
    TargetTrackingPolicy,
    alarm_states,
    tracked_capacity,
    unhealthy_instances,
)

REQUESTS = TargetTrackingPolicy("ALBRequestCountPerTarget", 600)
CPU = TargetTrackingPolicy("ASGAverageCPUUtilization", 60)
WIDE = CapacityLimits(1, 100)


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


def datapoint(per_minute: float = 0, *, cpu_percent: float = 0, instances: int = 2) -> Datapoint:
    """Return a datapoint of requests per minute and instance, and of CPU per instance."""
    return Datapoint(
        seconds=PERIOD,
        requests=round(per_minute * instances * PERIOD / 60),
        cpu_seconds=cpu_percent / 100 * instances * PERIOD,
        instances=instances,
    )


def capacity(
    datapoints: list[Datapoint],
    desired: int = 2,
    policies: tuple[TargetTrackingPolicy, ...] = (REQUESTS,),
    limits: CapacityLimits = WIDE,
    *,
    is_warming: bool = False,
) -> int:
    return tracked_capacity(desired, policies, datapoints, limits, is_warming=is_warming)


# The alarms that AWS creates for a policy: above the target for 3 minutes, and below 90 % of it for 15.
@pytest.mark.parametrize(
    ("values", "states"),
    [
        ([], AlarmStates("INSUFFICIENT_DATA", "INSUFFICIENT_DATA")),
        ([1_200], AlarmStates("OK", "OK")),
        ([0, 1_200, 1_200, 1_200], AlarmStates("ALARM", "OK")),
        ([1_200, 0, 1_200, 1_200], AlarmStates("OK", "OK")),
        ([1_200, 1_200, 1_200, 600], AlarmStates("OK", "OK")),
        ([534] * 14, AlarmStates("OK", "OK")),
        ([534] * 15, AlarmStates("OK", "ALARM")),
        ([540] * 15, AlarmStates("OK", "OK")),
        ([534] * 14 + [540], AlarmStates("OK", "OK")),
    ],
)
def test_the_alarms_ring_after_three_and_fifteen_datapoints(values: list[float], states: AlarmStates):
    assert alarm_states(REQUESTS, [datapoint(value) for value in values]) == states


@pytest.mark.parametrize(("per_minute", "expected"), [(600, 2), (606, 3), (1_200, 4), (1_500, 5)])
def test_the_capacity_is_the_one_at_which_the_metric_meets_its_target(per_minute: float, expected: int):
    assert capacity([datapoint(per_minute)] * 3) == expected


# 3,240 requests a minute in the mean, which need 5.4 instances; 3,680 would need 6.1.
@pytest.mark.parametrize("values", [(1_620, 1_620, 1_620), (1_620, 1_400, 1_840), (1_620, 1_840, 1_400)])
def test_requests_that_are_held_up_until_the_next_datapoint_add_no_instance(values: tuple[float, ...]):
    assert capacity([datapoint(value) for value in values]) == 6


def test_a_longer_datapoint_weighs_more():
    short, long = Datapoint(10, 450, 0, 2), Datapoint(20, 450, 0, 2)
    # 900 requests in half a minute, so 3 instances; the mean of 2,700 and 1,350 a minute would need 3.4.
    assert capacity([short, short, long]) == 3
    assert capacity([short, long, short]) == 3


def test_the_same_load_adds_no_more_instances_while_the_new_ones_warm_up():
    assert capacity([datapoint(1_200)] * 3, desired=4, is_warming=True) == 4
    assert capacity([datapoint(1_500)] * 3, desired=4, is_warming=True) == 5


def test_a_group_scales_in_to_the_load_but_not_while_instances_warm_up():
    quiet = [datapoint(100, instances=6)] * 15
    assert capacity(quiet, desired=6) == 1
    assert capacity(quiet, desired=6, is_warming=True) == 6
    assert capacity(quiet[1:], desired=6) == 6


def test_without_load_one_instance_stays_whatever_the_minimum():
    # "Target tracking scaling policies": the capacity at which the metric meets its target is never zero.
    assert capacity([datapoint(0)] * 15, desired=4, limits=CapacityLimits(0, 9)) == 1


def test_a_policy_that_disables_scale_in_keeps_the_group():
    grow_only = TargetTrackingPolicy("ALBRequestCountPerTarget", 600, may_scale_in=False)
    quiet = [datapoint(0)] * 15
    assert capacity(quiet, policies=(grow_only,)) == 2
    assert capacity(quiet, policies=(grow_only, CPU)) == 2


# User guide, "Multiple target tracking scaling policies": out if any policy is ready, in only if all are.
def test_the_policy_with_the_largest_capacity_decides():
    busy = [datapoint(660, cpu_percent=90)] * 3
    assert capacity(busy, policies=(REQUESTS, CPU)) == 3
    assert capacity([datapoint(1_800, cpu_percent=90)] * 3, policies=(REQUESTS, CPU)) == 6
    quiet = [datapoint(60, cpu_percent=58, instances=4)] * 15
    assert capacity(quiet, desired=4, policies=(REQUESTS, CPU)) == 4
    # One instance is enough for the requests, but not for 80 % of a core.
    idle = [datapoint(60, cpu_percent=20, instances=4)] * 15
    assert capacity(idle, desired=4, policies=(REQUESTS, CPU)) == 2


def test_without_policies_or_datapoints_the_capacity_is_unchanged():
    assert capacity([datapoint(9_999)] * 15, policies=()) == 2
    assert capacity([]) == 2


loads = st.lists(st.floats(0, 1e6), min_size=1, max_size=15)


@given(desired=st.integers(2, 5), values=loads)
def test_the_limits_hold_for_any_load(desired: int, values: list[float]):
    found = capacity([datapoint(value) for value in values], desired, limits=CapacityLimits(2, 5))
    assert 2 <= found <= 5


@given(desired=st.integers(1, 50), values=loads, factor=st.floats(1, 10))
def test_more_load_never_means_fewer_instances(desired: int, values: list[float], factor: float):
    limits = CapacityLimits(1, 10**9)
    less = capacity([datapoint(value) for value in values], desired, limits=limits)
    more = capacity([datapoint(value * factor) for value in values], desired, limits=limits)
    assert less <= more


def test_a_group_whose_new_instances_do_not_serve_yet_is_not_shrunk_by_the_alarm_that_it_grew_for():
    # Two of five instances serve, at 1.5 times the target: three would be sufficient.
    above = [datapoint(900)] * 3
    assert alarm_states(REQUESTS, above).high == "ALARM"
    assert capacity(above, desired=5, is_warming=True) == 5
