"""Rollback of an alias: to the old version only, unless another operator has moved the alias meanwhile."""

from __future__ import annotations

from typing import Final

import pytest

from scripts.rollout.alarm_watch import AlarmWatch
from scripts.rollout.function_rollout import FunctionRollout
from scripts.rollout.rollout_plan import make_plan
from scripts.rollout.rollout_result import RolloutError, RolloutResult
from tests.stubbed import Answers, answering

ALIAS: Final = {"FunctionName": "iris", "Name": "live"}


def alias_response(version: str, weights: dict[str, float], revision: str) -> dict[str, object]:
    return {
        "FunctionVersion": version,
        "RoutingConfig": {"AdditionalVersionWeights": weights},
        "RevisionId": revision,
    }


def read_alias(version: str, weights: dict[str, float], revision: str) -> Answers:
    return [("get_alias", ALIAS, alias_response(version, weights, revision))]


def move_alias(version: str, weights: dict[str, float], *, seen: str, revision: str) -> Answers:
    request = {
        **ALIAS,
        "FunctionVersion": version,
        "RoutingConfig": {"AdditionalVersionWeights": weights},
        "RevisionId": seen,
    }
    return [("update_alias", request, alias_response(version, weights, revision))]


def alarm_states(*states: str) -> Answers:
    request = {"AlarmNames": ["slow"], "MaxRecords": 100}
    return [
        ("describe_alarms", request, {"MetricAlarms": [{"AlarmName": "slow", "StateValue": state}]})
        for state in states
    ]


def release(answers: Answers) -> RolloutResult:
    """Release version 8 over version 7, with an alarm that goes off after the first step of 20 percent."""
    with (
        answering("lambda", answers) as client,
        answering("cloudwatch", alarm_states("OK", "ALARM")) as cloudwatch,
    ):
        watch = AlarmWatch(cloudwatch, ["slow"])
        plan = make_plan("canary", 20, 0)
        return FunctionRollout(client, "iris", "live").release("8", plan, watch, lambda _: None)


FIRST_STEP: Final = read_alias("7", {}, "a") + move_alias("7", {"8": 0.2}, seen="a", revision="b")


def test_an_alarm_returns_all_requests_to_the_old_version():
    back = read_alias("7", {"8": 0.2}, "b") + move_alias("7", {}, seen="b", revision="c")
    result = release(FIRST_STEP + back)
    assert (result.result, result.serves) == ("rolled back", "7")


@pytest.mark.parametrize(
    ("version", "weights"), [("9", {}), ("7", {"9": 0.5})], ids=["all of it", "a share of it"]
)
def test_a_rollback_keeps_an_alias_that_was_moved_to_another_version(version: str, weights: dict[str, float]):
    # Without an update in the responses: the client would refuse one.
    with pytest.raises(RolloutError, match=f"moved to version {version} by something else"):
        release(FIRST_STEP + read_alias(version, weights, "c"))
