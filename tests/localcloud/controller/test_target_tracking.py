from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.controller.target_tracking import (
    Bounds,
    Patience,
    Policy,
    Seen,
    decide,
    desired_capacity,
    to_replace,
)

REQUESTS = Policy("ALBRequestCountPerTarget", 1000)
WIDE = Bounds(1, 100)

sizes = st.integers(1, 100)
loads = st.floats(0, 1e6)


def test_an_unhealthy_instance_is_replaced_once_its_grace_period_is_over():
    young, old, well = Seen("i-1", 30, False), Seen("i-2", 90, False), Seen("i-3", 90, True)
    assert to_replace([young, old, well], grace_period=60) == ["i-2"]


def test_in_the_last_second_of_its_grace_period_an_instance_is_left_alone():
    assert to_replace([Seen("i-1", 60, False), Seen("i-2", 60.5, False)], grace_period=60) == ["i-2"]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(1000, 4), (1001, 5), (2000, 8), (950, 4), (899, 4), (749, 3), (0, 1)],
)
def test_the_group_takes_the_size_at_which_the_metric_would_meet_its_target(value: float, wanted: int):
    assert desired_capacity(4, REQUESTS, value, WIDE) == wanted


# AWS's own alarm for scaling in lies at 90 % of the target, as its description says: at it nothing happens,
# below it the group shrinks.
@pytest.mark.parametrize(("value", "wanted"), [(1000, 10), (901, 10), (900, 10), (899, 9)])
def test_a_group_shrinks_only_below_nine_tenths_of_the_target(value: float, wanted: int):
    assert desired_capacity(10, REQUESTS, value, WIDE) == wanted


def test_a_policy_that_must_not_scale_in_never_shrinks_the_group():
    assert desired_capacity(4, Policy("ALBRequestCountPerTarget", 1000, may_scale_in=False), 0, WIDE) == 4


@given(current=sizes, value=loads)
def test_the_bounds_are_kept_whatever_the_load(current: int, value: float):
    assert 2 <= desired_capacity(current, REQUESTS, value, Bounds(2, 5)) <= 5


@given(current=sizes, one=loads, other=loads)
def test_more_load_never_means_fewer_instances(current: int, one: float, other: float):
    less, more = sorted((one, other))
    wide = Bounds(1, 10**9)
    assert desired_capacity(current, REQUESTS, less, wide) <= desired_capacity(current, REQUESTS, more, wide)


def test_of_several_policies_the_one_that_wants_most_decides():
    cpu = Policy("ASGAverageCPUUtilization", 60)
    assert decide(2, [(REQUESTS, 100), (cpu, 90)], WIDE) == 3


def test_without_any_reading_the_size_stays():
    assert decide(3, [], WIDE) == 3


def test_a_group_grows_at_once():
    assert Patience(180).agree(0, current=2, wanted=4) == 4


def test_a_group_shrinks_only_after_it_could_have_all_along():
    patience = Patience(180)
    taken = [patience.agree(now, current=4, wanted=2) for now in (0, 100, 179, 180)]
    assert taken == [4, 4, 4, 2]


def test_a_moment_of_load_starts_the_wait_to_shrink_anew():
    patience = Patience(180)
    patience.agree(0, current=4, wanted=2)
    patience.agree(100, current=4, wanted=4)
    assert patience.agree(200, current=4, wanted=2) == 4
