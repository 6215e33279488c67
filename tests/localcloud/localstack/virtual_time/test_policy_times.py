"""Times of policies, alarms, cooldowns, warm-ups and scheduled actions (Auto Scaling user guide)."""

from __future__ import annotations

from typing import Any

import pytest


def test_an_alarm_executes_its_policy_at_its_transition_and_then_once_a_minute(results: dict[str, Any]):
    # At 0, 59, 60, 61, 119 and 120 s.
    assert results["alarm_that_stays"] == [2, 2, 3, 3, 3, 4]
    # At 0 and 10 s, and at 11 and 12 s after another transition.
    assert results["alarm_that_rings_again"] == [2, 2, 3, 3]


def test_an_alarm_executes_only_enabled_actions_of_its_state_and_none_while_it_is_new(
    results: dict[str, Any],
):
    with_effect = ["state with the action", "resumed"]
    found: dict[str, list[int]] = results["alarms_without_effect"]
    assert [name for name, (capacity,) in found.items() if capacity == 2] == with_effect
    assert len(found) == 9


def test_an_alarm_waits_in_silence_for_the_end_of_a_cooldown(results: dict[str, Any]):
    # The policy has one of 100 s and is executed at 0 s, and tried at 60 and at 120 s.
    assert results["cooldown_of_policy"] == [[2, 2, 2, 3], []]


def test_a_request_that_honors_the_cooldown_is_refused_until_its_end(results: dict[str, Any]):
    refused = "ScalingActivityInProgress"
    assert results["cooldown_by_request"] == [refused, refused, refused, ""]


def test_with_a_time_factor_repetitions_and_cooldowns_are_shorter(results: dict[str, Any]):
    repeated, cooldown = results["compressed_time"]
    assert repeated == [2, 2, 3]
    assert cooldown == ["ScalingActivityInProgress", "", "", ""]


def test_a_metric_without_a_step_is_one_failed_activity_for_each_transition(results: dict[str, Any]):
    # 64 of 60 is below the lower bound of 5 above the threshold, and 65 is at it.
    message = "Metric value does not correspond to a step adjustment of the policy"
    assert results["breach_without_step"] == [[1, 1, 1, 2], [message], 1]


@pytest.mark.parametrize(
    ("origin", "seconds"), [("policy", 100), ("group", 200), ("no warm-up", 0), ("cooldown", 300)]
)
def test_instances_count_after_the_warm_up_of_the_policy_or_of_the_group_or_the_default_cooldown(
    results: dict[str, Any], origin: str, seconds: float
):
    # Two of four instances have just started; a step adds one to those that are warm.
    times = (0, 99, 100, 199, 200, 299, 300)
    assert results["warm_up_of_steps"][origin] == [4 if time < seconds else 5 for time in times]


def test_a_policy_stays_within_the_limits_of_its_group(results: dict[str, Any]):
    # By -9, -1, 0, 1 and 9 from 3 instances, of which there are 2 to 5.
    assert results["limits"] == {"simple": [2, 2, 3, 4, 5], "step": [2, 2, 3, 4, 5]}


def test_scheduled_actions_are_executed_at_their_times_and_pass_while_they_are_suspended(
    results: dict[str, Any],
):
    # Minimum, desired capacity, maximum, and the hour of each action that is left.
    states, failed = results["scheduled"]
    assert states == [
        [0, 1, 9, {"first": 1, "later": 2, "often": 4, "wrong": 3}],
        [0, 2, 9, {"later": 2, "often": 4, "wrong": 3}],
        [3, 3, 5, {"often": 4, "wrong": 3}],
        [3, 3, 5, {"often": 4}],
        [3, 3, 5, {"often": 8}],  # suspended
        [3, 4, 5, {}],  # the next time would be after its end
    ]
    assert failed == ["The desired capacity must be between the minimum and the maximum"]


# On 2026-10-25 the clocks of Madrid go from 03:00 (UTC+2) back to 02:00 (UTC+1), at 01:00 UTC.
@pytest.mark.parametrize(
    ("recurrence", "after", "time"),
    [
        ("30 2 * * * Europe/Madrid", "2026-10-25T00:10", "2026-10-25T00:30"),
        # In the repeated hour it has run already.
        ("30 2 * * * Europe/Madrid", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("30 2 * * * Europe/Madrid", "2026-10-25T01:10", "2026-10-26T01:30"),
        # Either of two restricted days is sufficient (crontab(5)): Monday the 8th, and Wednesday the 10th.
        ("0 0 10 * 1 UTC", "2026-06-02T00:00", "2026-06-08T00:00"),
        ("0 0 10 * 1 UTC", "2026-06-08T00:00", "2026-06-10T00:00"),
        ("0 0 10 * * UTC", "2026-06-02T00:00", "2026-06-10T00:00"),
        ("0 0 * * 1 UTC", "2026-06-08T00:00", "2026-06-15T00:00"),
        ("0 0 1 1 * America/New_York", "2026-06-02T00:00", "2027-01-01T05:00"),
        ("0 0 31 2 * UTC", "2026-06-02T00:00", None),
    ],
)
def test_a_recurrence_has_its_next_time_by_the_clock_of_its_zone(
    results: dict[str, Any], recurrence: str, after: str, time: str | None
):
    found = results["recurrences"][f"{recurrence} {after}:00+00:00"]
    assert found == (time and f"{time}:00+00:00")
