"""Preferences of an instance refresh (RefreshPreferences, Auto Scaling API 2011-01-01)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scalable_models_localstack.autoscaling.refresh.preferences import RefreshPreferences, mistakes, parse


def test_what_is_not_requested_has_its_default():
    assert parse({}, default_warmup=45) == RefreshPreferences(
        requested={},
        min_percent=90,
        max_percent=100,
        warmup=timedelta(seconds=45),
        checkpoints=(),
        checkpoint_delay=timedelta(hours=1),
        bake_time=timedelta(0),
        skip_matching=False,
        auto_rollback=False,
        protected="Wait",
        standby="Wait",
    )


def test_what_is_requested_is_kept():
    requested: dict[str, Any] = {
        "MinHealthyPercentage": 100,
        "MaxHealthyPercentage": 150,
        "InstanceWarmup": 0,
        "CheckpointPercentages": [20, 100],
        "CheckpointDelay": 60,
        "BakeTime": 120,
        "SkipMatching": True,
        "AutoRollback": True,
        "ScaleInProtectedInstances": "Refresh",
        "StandbyInstances": "Terminate",
    }
    assert parse(requested, default_warmup=45) == RefreshPreferences(
        requested=requested,
        min_percent=100,
        max_percent=150,
        warmup=timedelta(0),
        checkpoints=(20, 100),
        checkpoint_delay=timedelta(minutes=1),
        bake_time=timedelta(minutes=2),
        skip_matching=True,
        auto_rollback=True,
        protected="Refresh",
        standby="Terminate",
    )


@pytest.mark.parametrize(
    "preferences",
    [
        {},
        {"MinHealthyPercentage": 0},
        {"MinHealthyPercentage": 100},
        {"MinHealthyPercentage": 0, "MaxHealthyPercentage": 100},
        {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200},
        {"CheckpointPercentages": [100]},
        {"CheckpointPercentages": [1, 50, 100]},
        {"AutoRollback": False},
    ],
)
def test_preferences_within_the_limits_are_accepted(preferences: dict[str, Any]):
    assert list(mistakes({"Preferences": preferences})) == []


@pytest.mark.parametrize(
    ("preferences", "reason"),
    [
        ({"MaxHealthyPercentage": 110}, "requires MinHealthyPercentage"),
        ({"MinHealthyPercentage": -1}, "-1 and 100 are out of range"),
        ({"MinHealthyPercentage": 101}, "101 and 100 are out of range"),
        ({"MinHealthyPercentage": 90, "MaxHealthyPercentage": 99}, "90 and 99 are out of range"),
        ({"MinHealthyPercentage": 100, "MaxHealthyPercentage": 201}, "100 and 201 are out of range"),
        ({"MinHealthyPercentage": 99, "MaxHealthyPercentage": 200}, "too far apart"),
        ({"CheckpointPercentages": [50]}, "the last must be 100"),
        ({"CheckpointPercentages": [50, 20, 100]}, "ascending"),
        ({"CheckpointPercentages": [50, 50, 100]}, "ascending"),
        ({"AutoRollback": True}, "AutoRollback requires a DesiredConfiguration"),
    ],
)
def test_preferences_that_the_api_refuses_are_refused(preferences: dict[str, Any], reason: str):
    (mistake,) = mistakes({"Preferences": preferences})
    assert reason in mistake


def test_with_a_desired_configuration_a_refresh_may_roll_back_by_itself():
    assert list(mistakes({"Preferences": {"AutoRollback": True}, "DesiredConfiguration": {}})) == []
