"""Alarms that a roll-out starts despite, and alarms that end it."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.rollout import alarm_watch
from scripts.rollout.alarm_watch import MAXIMUM_ALARMS_PER_CALL, AlarmError, AlarmWatch
from scripts.rollout.rollout_result import RolloutError
from tests.stubbed import Answers, answering, client_of
from tests.suite.clock import Clock

OK, ALARM = "OK", "ALARM"


def alarm(name: str, state: str = OK, **reasons: str) -> dict[str, Any]:
    return {"AlarmName": name, "StateValue": state, **reasons}


def one_check(
    *alarms: dict[str, Any], names: list[str] | None = None, composite: tuple[Any, ...] = ()
) -> Answers:
    """Return one expected request for alarms, by default for those in the response, and its response."""
    requested = names or [one["AlarmName"] for one in (*alarms, *composite)]
    response = {"MetricAlarms": list(alarms), "CompositeAlarms": list(composite)}
    return [("describe_alarms", {"AlarmNames": requested, "MaxRecords": 100}, response)]


def test_a_roll_out_starts_and_continues_while_all_alarms_are_ok():
    with answering("cloudwatch", one_check(alarm("a"), alarm("b")) * 2) as cloudwatch:
        watch = AlarmWatch(cloudwatch, ["a", "b"])
        watch.start(despite_alarms=False)
        watch.check()
        assert watch.watched_alarms() == ["a", "b"]


# An alarm without enough data says nothing about the new version (CloudWatch user guide, "Alarm states").
def test_an_alarm_without_data_is_not_on():
    with answering("cloudwatch", one_check(alarm("a", "INSUFFICIENT_DATA"))) as cloudwatch:
        AlarmWatch(cloudwatch, ["a"]).start(despite_alarms=False)


def test_a_roll_out_does_not_start_while_alarms_are_on_and_names_all_of_them():
    on = (alarm("a", ALARM, AlarmDescription="slow"), alarm("b"), alarm("c", ALARM, StateReason="3 > 2"))
    with answering("cloudwatch", one_check(*on)) as cloudwatch, pytest.raises(RolloutError) as caught:
        AlarmWatch(cloudwatch, ["a", "b", "c"]).start(despite_alarms=False)
    assert str(caught.value) == (
        "the alarm a is on: slow; the alarm c is on: 3 > 2. "
        "Nothing was changed; --despite-alarms goes ahead anyway."
    )


def test_despite_alarms_ignores_those_that_are_on_already():
    answers = one_check(alarm("a", ALARM), alarm("b")) * 2
    with answering("cloudwatch", answers) as cloudwatch:
        watch = AlarmWatch(cloudwatch, ["a", "b"])
        watch.start(despite_alarms=True)
        assert watch.watched_alarms() == ["b"]
        watch.check()
        assert watch.watched_alarms() == ["b"]


def test_despite_alarms_another_alarm_ends_it():
    answers = one_check(alarm("a", ALARM), alarm("b")) + one_check(alarm("a", ALARM), alarm("b", ALARM))
    with answering("cloudwatch", answers) as cloudwatch:
        watch = AlarmWatch(cloudwatch, ["a", "b"])
        watch.start(despite_alarms=True)
        with pytest.raises(AlarmError) as caught:
            watch.check()
    assert str(caught.value) == "the alarm b is on: no reason given"


def test_despite_alarms_an_ignored_alarm_that_goes_off_again_ends_it():
    states = (ALARM, OK, ALARM)
    with answering(
        "cloudwatch", [each for state in states for each in one_check(alarm("a", state))]
    ) as cloudwatch:
        watch = AlarmWatch(cloudwatch, ["a"])
        watch.start(despite_alarms=True)
        watch.check()
        assert watch.watched_alarms() == ["a"]
        with pytest.raises(AlarmError, match="the alarm a is on"):
            watch.check()


def test_an_alarm_that_is_gone_keeps_it_from_beginning():
    answers = one_check(alarm("b"), names=["c", "a", "b"])
    with answering("cloudwatch", answers) as cloudwatch, pytest.raises(RolloutError) as caught:
        AlarmWatch(cloudwatch, ["c", "a", "b"]).start(despite_alarms=True)
    assert str(caught.value) == "the alarm a no longer exists, so a failure would go unnoticed"


def test_an_alarm_that_is_deleted_during_the_roll_out_ends_it():
    with answering("cloudwatch", one_check(alarm("a")) + one_check(names=["a"])) as cloudwatch:
        watch = AlarmWatch(cloudwatch, ["a"])
        watch.start(despite_alarms=False)
        with pytest.raises(RolloutError, match="the alarm a no longer exists"):
            watch.check()


def test_composite_alarms_count_too():
    answers = one_check(composite=(alarm("whole", ALARM, AlarmDescription="it burns"),))
    with answering("cloudwatch", answers) as cloudwatch, pytest.raises(RolloutError, match="it burns"):
        AlarmWatch(cloudwatch, ["whole"]).start(despite_alarms=False)


# CloudWatch API reference, DescribeAlarms: 100 at once.
def test_more_alarms_than_one_call_describes_are_requested_in_several():
    names = [f"alarm-{number:03}" for number in range(MAXIMUM_ALARMS_PER_CALL + 1)]
    answers = one_check(*map(alarm, names[:100])) + one_check(alarm(names[100], ALARM))
    with answering("cloudwatch", answers) as cloudwatch, pytest.raises(RolloutError, match="alarm-100 is on"):
        AlarmWatch(cloudwatch, names).start(despite_alarms=False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(alarm_watch, "time", clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_check_for_checks_from_the_beginning_to_the_end():
    with answering("cloudwatch", one_check(alarm("a")) + one_check(alarm("a", ALARM))) as cloudwatch:
        watch = AlarmWatch(cloudwatch, ["a"])
        with pytest.raises(AlarmError):
            watch.check_for(1.0)


def test_check_for_zero_seconds_checks_once():
    with answering("cloudwatch", one_check(alarm("a"))) as cloudwatch:
        AlarmWatch(cloudwatch, ["a"]).check_for(0)


# CloudWatch may change an alarm while its response is on the way.
def test_a_check_that_begins_before_the_end_and_returns_after_it_is_not_the_last(clock: Clock):
    def delay(**_: object) -> None:
        """Delay a request (botocore event handler)."""
        clock.sleep(0.2)

    with answering("cloudwatch", one_check(alarm("a")) + one_check(alarm("a", ALARM))) as cloudwatch:
        cloudwatch.meta.events.register("before-parameter-build", delay)
        with pytest.raises(AlarmError, match="the alarm a is on"):
            AlarmWatch(cloudwatch, ["a"]).check_for(0.1)


def seconds_to_alarm(*alarms: dict[str, Any], composite: tuple[Any, ...] = ()) -> int:
    names = [one["AlarmName"] for one in (*alarms, *composite)]
    with answering("cloudwatch", one_check(*alarms, composite=composite)) as cloudwatch:
        return AlarmWatch(cloudwatch, names).seconds_to_alarm()


# (1 + 1) * 60 + 180 and (3 + 1) * 60 + 180; a composite alarm rings with its parts.
def test_the_slowest_of_the_alarms_counts_and_a_composite_alarm_takes_no_time_of_its_own():
    quick: dict[str, Any] = {"AlarmName": "quick", "StateValue": OK, "Period": 60, "EvaluationPeriods": 1}
    slow: dict[str, Any] = {**quick, "AlarmName": "slow", "EvaluationPeriods": 3}
    assert seconds_to_alarm(quick) == 300
    assert seconds_to_alarm(quick, slow) == seconds_to_alarm(slow, quick) == 420
    assert seconds_to_alarm(composite=(alarm("whole"),)) == 0


def test_no_alarms_need_no_time():
    assert AlarmWatch(client_of("cloudwatch"), []).seconds_to_alarm() == 0
