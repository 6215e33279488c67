"""Arithmetic of step and simple policies, by the examples of the EC2 Auto Scaling user guide."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalable_models_localstack.autoscaling.scaling.adjustment import (
    AdjustmentType,
    StepAdjustment,
    adjusted_capacity,
    mistake_of_steps,
    required_capacity,
    step_for,
)


def steps(*given: tuple[float | None, float | None, int]) -> list[StepAdjustment]:
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound")
    return [
        StepAdjustment.parse(
            {name: bound for name, bound in zip(names, bounds, strict=True) if bound is not None}
            | {"ScalingAdjustment": adjustment}
        )
        for *bounds, adjustment in given
    ]


OUT = steps((0, 10, 0), (10, 20, 10), (20, None, 30))
IN = steps((-10, 0, 0), (-20, -10, -10), (None, -20, -30))
"""The two policies of "Step adjustments", for alarms at 50 per cent CPU."""


# User guide, "Step and simple scaling policies": from 50 to 60 no change, to 70 by 10 %, above by 30 %; from
# 50 down to 40 no change, to 30 by -10 %, below by -30 %.
@pytest.mark.parametrize(
    ("policy", "metric", "adjustment"),
    [
        (OUT, 50, 0),
        (OUT, 59.9, 0),
        (OUT, 60, 10),
        (OUT, 69.9, 10),
        (OUT, 70, 30),
        (OUT, 1e6, 30),
        (IN, 50, 0),
        (IN, 40.1, 0),
        (IN, 40, -10),
        (IN, 30.1, -10),
        (IN, 30, -30),
        (IN, 0, -30),
    ],
)
def test_the_step_of_a_metric_is_that_of_the_user_guide(
    policy: list[StepAdjustment], metric: float, adjustment: int
):
    found = step_for(policy, metric - 50)
    assert found is not None
    assert found.adjustment == adjustment


def test_a_metric_on_the_other_side_of_the_threshold_has_no_step():
    assert step_for(OUT, -0.1) is None
    assert step_for(IN, 0.1) is None


@given(
    bounds=st.lists(st.integers(1, 1_000), min_size=1, max_size=6, unique=True).map(sorted),
    breach=st.floats(0, 2_000),
)
def test_every_breach_has_exactly_one_step_of_a_policy_that_the_api_accepts(bounds: list[int], breach: float):
    edges = [0, *bounds, None]
    policy = steps(*((low, high, number) for number, (low, high) in enumerate(pairwise(edges))))
    assert mistake_of_steps(policy) is None
    found = step_for(policy, breach)
    assert found is not None
    assert found.adjustment == sum(bound <= breach for bound in bounds)


# StepAdjustment, Auto Scaling API 2011-01-01: no gap, no overlap, and no end but at the threshold.
@pytest.mark.parametrize(
    ("policy", "mistake"),
    [
        ([], "At least one"),
        (steps((0, 10, 1), (20, None, 2)), "gaps"),
        (steps((0, 20, 1), (10, None, 2)), "overlap"),
        (steps((0, 10, 1)), "unspecified upper bound"),
        (steps((-10, 0, -1)), "unspecified lower bound"),
        (steps((0, 0.5, 1)), "unspecified upper bound"),
        (steps((-0.5, 0, -1)), "unspecified lower bound"),
        (steps((None, None, 1)), "both be unspecified"),
        (steps((10, 5, 1)), "less than"),
        (steps((0, 5, 1), (5, 5, 2), (5, None, 3)), "less than"),
    ],
)
def test_steps_that_the_api_refuses_are_refused(policy: list[StepAdjustment], mistake: str):
    assert mistake in (mistake_of_steps(policy) or "")


def test_steps_may_be_named_in_any_order():
    assert mistake_of_steps([*reversed(OUT)]) is None
    assert mistake_of_steps([*reversed(IN)]) is None


# User guide, "Scaling adjustment types": 12.7 becomes 12, 0.67 becomes 1, -0.58 becomes -1, -6.67 becomes -6;
# four instances and a minimum of two become six by 25 %.
@pytest.mark.parametrize(
    ("kind", "current", "adjustment", "minimum", "expected"),
    [
        ("ChangeInCapacity", 3, 5, 0, 8),
        ("ChangeInCapacity", 3, -2, 0, 1),
        ("ExactCapacity", 3, 5, 0, 5),
        ("PercentChangeInCapacity", 10, 10, 0, 11),
        ("PercentChangeInCapacity", 127, 10, 0, 139),
        ("PercentChangeInCapacity", 67, 1, 0, 68),
        ("PercentChangeInCapacity", 58, -1, 0, 57),
        ("PercentChangeInCapacity", 667, -1, 0, 661),
        ("PercentChangeInCapacity", 4, 25, 2, 6),
        ("PercentChangeInCapacity", 4, 0, 2, 4),
    ],
)
def test_an_adjustment_changes_the_capacity_as_the_user_guide_computes_it(
    kind: AdjustmentType, current: int, adjustment: int, minimum: int, expected: int
):
    assert adjusted_capacity(current, kind, adjustment, minimum) == expected


# User guide, "Step scaling": from 10 to 11 at 60 %; while that instance warms up, 62 % adds none, and 70 %
# adds 30 % of 10 and so two more.
def test_instances_that_warm_up_do_not_count_for_growth():
    limits = (1, 20)
    assert required_capacity(desired=11, warm=10, scaled=11, limits=limits) == 11
    assert required_capacity(desired=11, warm=10, scaled=13, limits=limits) == 13


def test_a_group_does_not_shrink_while_instances_warm_up():
    assert required_capacity(desired=11, warm=10, scaled=9, limits=(1, 20)) == 11
    assert required_capacity(desired=11, warm=11, scaled=9, limits=(1, 20)) == 9


@given(
    desired=st.integers(1, 50),
    scaled=st.integers(-50, 100),
    minimum=st.integers(0, 20),
    room=st.integers(0, 40),
)
def test_a_policy_never_leaves_the_limits_of_the_group(desired: int, scaled: int, minimum: int, room: int):
    limits = minimum, minimum + room
    found = required_capacity(desired=desired, warm=desired, scaled=scaled, limits=limits)
    assert limits[0] <= found <= limits[1]
