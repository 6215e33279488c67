from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.stack.scheduled_actions import hourly_sizes, is_weekly

HOURS = range(168)


def action(recurrence: str, **sizes: Any) -> dict[str, Any]:
    return {"recurrence": recurrence, **sizes}


def minimum_sizes(*actions: dict[str, Any]) -> tuple[int, ...]:
    found = hourly_sizes(actions, "minSize", 2)
    assert isinstance(found, tuple)
    return found


def test_a_size_applies_from_its_time_to_the_next_one():
    sizes = minimum_sizes(action("0 8 * * 1-5", minSize=6), action("0 20 * * *", minSize=3))
    assert [hour for hour in HOURS if sizes[hour] == 6] == [
        day * 24 + hour for day in range(5) for hour in range(8, 20)
    ]
    # No action restores the group's own size.
    assert set(sizes) == {3, 6}


def test_an_hour_in_which_a_size_changes_counts_with_the_larger_one():
    sizes = minimum_sizes(action("30 8 * * *", minSize=6), action("30 9 * * *", minSize=3))
    assert sizes[7:11] == (3, 6, 6, 3)


def test_a_week_begins_as_the_last_one_ended():
    sizes = minimum_sizes(action("0 12 * * 5", minSize=4), action("0 12 * * 3", minSize=2))
    assert (sizes[0], sizes[2 * 24 + 11], sizes[2 * 24 + 12], sizes[4 * 24 + 12]) == (4, 4, 2, 4)


def test_sunday_is_the_first_day_of_cron_and_the_last_one_here():
    sizes = minimum_sizes(action("0 0 * * 0", minSize=5), action("0 0 * * 1", minSize=2))
    assert sizes[-24:] == (5,) * 24
    assert sizes[:24] == (2,) * 24


def test_steps_and_ranges_are_those_of_cron():
    sizes = minimum_sizes(action("0 1-9/4 * * *", minSize=5), action("0 2-10/4 * * *", minSize=2))
    assert [hour for hour in range(24) if sizes[hour] == 5] == [1, 5, 9]


def test_a_size_that_an_action_does_not_change_stays():
    assert hourly_sizes([action("0 8 * * *", minSize=-1, maxSize=9, desiredCapacity=7)], "minSize", 2) == 2
    assert hourly_sizes([action("0 8 * * *", minSize=4, desiredCapacity=7)], "maxSize", 12) == 12
    assert hourly_sizes([action("0 8 * * *", maxSize=9)], "maxSize", 12) == (9,) * 168


@pytest.mark.parametrize(
    ("other", "weekly"),
    [
        ({"recurrence": "30 7 * * 1-5"}, True),
        ({"recurrence": "30 7 1 * *"}, False),
        ({"recurrence": "30 7 * 12 *"}, False),
        ({"recurrence": "30 7 * * MON"}, False),
        ({"recurrence": "@daily"}, False),
        ({"recurrence": "0 7 * * 7"}, False),
        ({"startTime": "2030-01-01T00:00:00Z"}, False),
        ({"recurrence": "0 7 * * *", "endTime": "2030-01-01T00:00:00Z"}, False),
    ],
)
def test_only_weekly_actions_can_be_part_of_the_week(other: dict[str, Any], weekly: bool):  # noqa: FBT001 - a parameter of the test
    assert is_weekly({"minSize": 4, **other}) is weekly


@given(
    st.lists(
        st.tuples(st.integers(0, 59), st.integers(0, 23), st.integers(0, 6), st.integers(1, 9)),
        min_size=1,
        max_size=5,
    )
)
def test_every_hour_has_one_of_the_requested_sizes_and_a_requested_hour_at_least_its_own(
    requested: list[tuple[int, int, int, int]],
):
    sizes = minimum_sizes(
        *(action(f"{minute} {hour} * * {day}", minSize=size) for minute, hour, day, size in requested)
    )
    assert len(sizes) == 168
    assert set(sizes) <= {size for *_, size in requested}
    unique = [it for it in requested if sum(it[:3] == other[:3] for other in requested) == 1]
    assert all(sizes[(day - 1) % 7 * 24 + hour] >= size for _, hour, day, size in unique)
