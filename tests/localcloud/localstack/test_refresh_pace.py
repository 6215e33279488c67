"""Arithmetic of an instance refresh, as the EC2 Auto Scaling documentation describes it."""

from __future__ import annotations

import pytest

from scalable_models_localstack.autoscaling.refresh.pace import (
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


# Of four instances, at least all and at most twice as many.
FOUR = InstanceLimits.of(4, 100, 200)


@pytest.mark.parametrize(
    ("count", "allowed", "launches"),
    [
        (InstanceCounts(outdated=4, ready=0, waiting=0, surplus=0), 4, 4),
        # Until the next checkpoint there is one.
        (InstanceCounts(outdated=4, ready=0, waiting=0, surplus=0), 1, 1),
        # Successors that are launched already, ready or not, are not launched once more.
        (InstanceCounts(outdated=4, ready=1, waiting=2, surplus=3), 4, 1),
        (InstanceCounts(outdated=4, ready=0, waiting=1, surplus=1), 1, 0),
        # Instances that wait for their release from protection need no successor yet.
        (InstanceCounts(outdated=4, held=3, ready=0, waiting=0, surplus=0), 4, 1),
        (InstanceCounts(outdated=1, held=1, ready=3, waiting=0, surplus=0), 1, 0),
    ],
)
def test_a_successor_is_launched_for_each_replacement_that_is_allowed(
    count: InstanceCounts, allowed: int, launches: int
):
    assert launches_allowed(count, FOUR, allowed) == launches


def test_there_are_never_more_instances_than_the_maximum():
    limits = InstanceLimits.of(4, 100, 150)
    count = InstanceCounts(outdated=4, ready=0, waiting=1, surplus=1)
    assert launches_allowed(count, limits, 4) == 1
    assert launches_allowed(InstanceCounts(outdated=4, ready=1, waiting=1, surplus=2), limits, 4) == 0


@pytest.mark.parametrize(
    ("count", "allowed", "terminations"),
    [
        # A successor that is not ready stands for none.
        (InstanceCounts(outdated=4, ready=0, waiting=4, surplus=4), 4, 0),
        (InstanceCounts(outdated=4, ready=3, waiting=1, surplus=4), 4, 3),
        (InstanceCounts(outdated=4, ready=3, waiting=1, surplus=4), 2, 2),
        (InstanceCounts(outdated=4, held=2, ready=3, waiting=0, surplus=3), 4, 2),
        (InstanceCounts(outdated=4, held=4, ready=3, waiting=0, surplus=3), 4, 0),
    ],
)
def test_an_instance_is_terminated_only_when_enough_others_are_in_service(
    count: InstanceCounts, allowed: int, terminations: int
):
    assert terminations_allowed(count, FOUR, allowed) == terminations
