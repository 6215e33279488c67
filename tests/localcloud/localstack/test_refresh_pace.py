"""Arithmetic of an instance refresh, as the EC2 Auto Scaling documentation describes it."""

from __future__ import annotations

import pytest

from scalable_models_localstack.autoscaling.refresh_pace import (
    InstanceCounts,
    InstanceLimits,
    checkpoint_goal,
    launches_allowed,
    terminations_allowed,
)


@pytest.mark.parametrize(
    ("total", "percentages", "goals"),
    [
        (10, [20, 50, 100], [2, 5, 10]),
        # A percentage is a minimum: of two instances, the first one is more than 10 and 40 per cent.
        (2, [10, 40, 100], [1, 1, 2]),
        (3, [10, 50], [1, 2, 3]),
    ],
)
def test_a_checkpoint_is_reached_when_at_least_its_percentage_is_replaced(
    total: int, percentages: list[int], goals: list[int]
):
    # User guide, "Add checkpoints to an instance refresh": the examples of ten and of two instances.
    assert [checkpoint_goal(total, percentages, passed) for passed in range(len(goals))] == goals


@pytest.mark.parametrize(
    ("desired", "percent", "minimum", "maximum"),
    [
        # RefreshPreferences: the minimum is rounded up to the nearest integer.
        (5, (90, 150), 5, 7),
        (3, (50, 150), 2, 4),
        (10, (80, 100), 8, 10),
        # With 100 per cent each, one instance at a time is replaced.
        (4, (100, 100), 3, 4),
        (1, (50, 100), 0, 1),
    ],
)
def test_the_minimum_in_service_is_rounded_up_with_room_for_one_replacement(
    desired: int, percent: tuple[int, int], minimum: int, maximum: int
):
    assert InstanceLimits.of(desired, *percent) == InstanceLimits(minimum=minimum, maximum=maximum)


def test_of_three_instances_of_which_half_must_serve_one_ends_before_its_successor_serves():
    limits, count = InstanceLimits.of(3, 50, 150), InstanceCounts(outdated=3, ready=0, waiting=0, surplus=0)
    assert (launches_allowed(count, limits, 3), terminations_allowed(count, limits, 3)) == (1, 1)
