"""Sizes that a scheduled action gives a group of 2 to 6 instances that has 4."""

from __future__ import annotations

from typing import Any

import pytest

from scalable_models_localstack.autoscaling.scaling.scheduled_sizes import Sizes, scheduled_sizes


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ({}, (2, 6, 4)),
        ({"DesiredCapacity": 5}, (2, 6, 5)),
        ({"MinSize": 4}, (4, 6, 4)),
        ({"MinSize": 5}, (5, 6, 5)),
        ({"MaxSize": 4}, (2, 4, 4)),
        ({"MaxSize": 3}, (2, 3, 3)),
        ({"MinSize": 0, "MaxSize": 0}, (0, 0, 0)),
        ({"MinSize": 0, "DesiredCapacity": 0}, (0, 6, 0)),
        ({"MinSize": 5, "DesiredCapacity": 6}, (5, 6, 6)),
    ],
)
def test_the_capacity_changes_to_the_desired_one_or_as_far_as_the_limits_need(
    action: dict[str, Any], after: tuple[int, int, int]
):
    found = scheduled_sizes(Sizes(2, 6, 4), action)
    assert (found, found.are_valid) == (after, True)


@pytest.mark.parametrize("action", [{"DesiredCapacity": 1}, {"DesiredCapacity": 7}, {"MinSize": 7}])
def test_a_desired_capacity_outside_of_the_limits_and_crossed_limits_are_not_valid(action: dict[str, Any]):
    assert not scheduled_sizes(Sizes(2, 6, 4), action).are_valid
