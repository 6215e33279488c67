"""Times of an instance refresh (Auto Scaling user guide, "How an instance refresh works")."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
STALLED = "No instance was replaced within an hour."
BY_USER = "Rolled back by a user."

# Each state is the status of the refresh, and the launch template version of each instance.
TIMELINES: dict[str, list[list[str]]] = {
    # A successor counts once its warm-up of 300 s is over.
    "warm_up": [["InProgress", "1122"], ["InProgress", "1122"], ["InProgress", "22"], ["Successful", "22"]],
    # All are replaced at 2 s, and 600 s later it ends.
    "bake_time": [
        ["InProgress", "1122"],
        ["InProgress", "22"],
        ["Baking", "22"],
        ["Baking", "22"],
        ["Successful", "22"],
    ],
    # Half of four are replaced at 1 s; the delay of an hour begins when that is seen, at 2 s.
    "checkpoints": [
        ["InProgress", "111122"],
        *[["InProgress", "1122"]] * 4,
        ["InProgress", "112222"],
        ["InProgress", "2222"],
    ],
    # The last change was seen at 1 s.
    "stall": [*[["InProgress", "1122"]] * 3, ["Failed", "11"]],
    # A checkpoint whose delay takes two hours is no stall.
    "stall_at_checkpoint": [
        ["InProgress", "112"],
        *[["InProgress", "12"]] * 4,
        ["InProgress", "122"],
        ["InProgress", "22"],
    ],
    "stall_with_auto_rollback": [
        *[["InProgress", "1122"]] * 2,
        ["RollbackInProgress", "11"],
        ["RollbackSuccessful", "11"],
    ],
    "stall_of_rollback": [*[["RollbackInProgress", "1122"]] * 3, ["RollbackFailed", "22"]],
    # Three hours of suspension are no stall.
    "suspended": [
        *[["InProgress", "11"]] * 2,
        ["InProgress", "1122"],
        ["InProgress", "22"],
        ["Successful", "22"],
    ],
    # Instances that stay protected are waited for an hour.
    "protected": [*[["InProgress", "11"]] * 2, ["Failed", "11"]],
    "rolled_back": [["InProgress", "1112"], ["RollbackInProgress", "1111"], ["RollbackSuccessful", "1111"]],
}


@pytest.mark.parametrize("name", TIMELINES)
def test_a_refresh_takes_the_times_of_its_preferences(results: dict[str, Any], name: str):
    result = results[name]
    has_more = isinstance(result[0][0], list)
    assert (result[0] if has_more else result) == TIMELINES[name]


def finished(status: str, seconds: float, percent: int, left: int, reason: str = "") -> dict[str, Any]:
    described: dict[str, Any] = {
        "Status": status,
        "StatusReason": reason,
        "EndTime": seconds,
        "PercentageComplete": percent,
        "InstancesToUpdate": left,
    }
    return {name: value for name, value in described.items() if value != ""}


def details(reason: str, seconds: float, percent: int, left: int) -> dict[str, Any]:
    return {
        "RollbackReason": reason,
        "RollbackStartTime": seconds,
        "PercentageCompleteOnRollback": percent,
        "InstancesToUpdateOnRollback": left,
    }


def test_a_refresh_that_has_ended_is_described_with_its_end_its_extent_and_its_reason(
    results: dict[str, Any],
):
    # DescribeInstanceRefreshes, Auto Scaling API 2011-01-01.
    assert results["warm_up"][1] == finished("Successful", 301, 100, 0)
    assert results["stall"][1] == finished("Failed", HOUR + 2, 0, 2, STALLED)
    assert results["stall_with_auto_rollback"][1] == {
        **finished("RollbackSuccessful", HOUR + 3, 100, 0, STALLED),
        "RollbackDetails": details(STALLED, HOUR + 2, 0, 2),
    }
    assert results["stall_of_rollback"][1] == {
        **finished("RollbackFailed", HOUR + 4, 0, 2, STALLED),
        "RollbackDetails": details(BY_USER, 1, 100, 0),
    }


def test_a_rollback_in_progress_counts_the_instances_to_be_restored_and_keeps_the_extent_before_it(
    results: dict[str, Any],
):
    # One of four was replaced.
    _, in_progress, ended = results["rolled_back"]
    kept = {"RollbackDetails": details(BY_USER, 0, 25, 3)}
    assert in_progress == {
        "Status": "RollbackInProgress",
        "StatusReason": BY_USER,
        "PercentageComplete": 0,
        "InstancesToUpdate": 1,
        **kept,
    }
    assert ended == {**finished("RollbackSuccessful", 2, 100, 0, BY_USER), **kept}


def test_only_a_refresh_that_succeeds_gives_its_group_the_new_version(results: dict[str, Any]):
    assert results["bake_time"][1] == "2"
    assert results["stall"][2] == results["stall_with_auto_rollback"][2] == "1"
