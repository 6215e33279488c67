"""Seconds for which a roll-out waits."""

from __future__ import annotations

import pytest

from scripts.rollout.alarm_timing import LOCAL_INTERVAL, LOCAL_WARMUP, seconds_to_give_up


@pytest.mark.parametrize("seconds", [LOCAL_INTERVAL, LOCAL_WARMUP])
def test_a_rollout_on_a_laptop_waits_for_seconds(seconds: float):
    assert 0 < seconds <= 5


def test_a_fleet_without_progress_is_rolled_back_after_a_minute_here_and_half_an_hour_on_aws():
    assert seconds_to_give_up(None, is_local=True) == 60
    assert seconds_to_give_up(None, is_local=False) == 1_800


@pytest.mark.parametrize("is_local", [True, False])
def test_requested_seconds_replace_those_of_either(*, is_local: bool):
    assert seconds_to_give_up(7, is_local=is_local) == 7
