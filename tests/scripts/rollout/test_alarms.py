"""Which alarms a roll-out begins despite, and which ones end it."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.rollout.alarms import AT_ONCE, AlarmError, Watch
from scripts.rollout.result import RolloutError
from tests.stubbed import Answers, answering

QUIET, RINGING = "OK", "ALARM"


def alarm(name: str, state: str = QUIET, **says: str) -> dict[str, Any]:
    return {"AlarmName": name, "StateValue": state, **says}


def look(*alarms: dict[str, Any], names: list[str] | None = None, composite: tuple[Any, ...] = ()) -> Answers:
    """Write down one look at alarms, by default at those that are answered."""
    asked = names or [one["AlarmName"] for one in (*alarms, *composite)]
    answered = {"MetricAlarms": list(alarms), "CompositeAlarms": list(composite)}
    return [("describe_alarms", {"AlarmNames": asked, "MaxRecords": 100}, answered)]


def test_where_all_is_quiet_a_roll_out_begins_and_goes_on():
    with answering("cloudwatch", look(alarm("a"), alarm("b")) * 2) as cloudwatch:
        watch = Watch(cloudwatch, ["a", "b"])
        watch.begin(despite_alarms=False)
        watch.look()
        assert watch.quiet() == ["a", "b"]


# An alarm without enough data says nothing of what is rolled out (CloudWatch user guide, "Alarm states").
def test_an_alarm_without_data_is_not_on():
    with answering("cloudwatch", look(alarm("a", "INSUFFICIENT_DATA"))) as cloudwatch:
        Watch(cloudwatch, ["a"]).begin(despite_alarms=False)


def test_alarms_that_are_on_keep_it_from_beginning_and_are_all_named():
    on = (alarm("a", RINGING, AlarmDescription="slow"), alarm("b"), alarm("c", RINGING, StateReason="3 > 2"))
    with answering("cloudwatch", look(*on)) as cloudwatch, pytest.raises(RolloutError) as caught:
        Watch(cloudwatch, ["a", "b", "c"]).begin(despite_alarms=False)
    assert str(caught.value) == (
        "the alarm a is on: slow; the alarm c is on: 3 > 2. "
        "Nothing was changed; --despite-alarms goes ahead all the same."
    )


def test_despite_alarms_those_that_are_on_are_taken_as_they_are():
    answers = look(alarm("a", RINGING), alarm("b")) * 2
    with answering("cloudwatch", answers) as cloudwatch:
        watch = Watch(cloudwatch, ["a", "b"])
        watch.begin(despite_alarms=True)
        assert watch.quiet() == ["b"]
        watch.look()
        assert watch.quiet() == ["b"]


def test_but_another_one_ends_it():
    answers = look(alarm("a", RINGING), alarm("b")) + look(alarm("a", RINGING), alarm("b", RINGING))
    with answering("cloudwatch", answers) as cloudwatch:
        watch = Watch(cloudwatch, ["a", "b"])
        watch.begin(despite_alarms=True)
        with pytest.raises(AlarmError) as caught:
            watch.look()
    assert str(caught.value) == "the alarm b is on: it says no more"


def test_and_so_does_one_of_them_that_went_quiet_and_rings_anew():
    states = (RINGING, QUIET, RINGING)
    with answering(
        "cloudwatch", [each for state in states for each in look(alarm("a", state))]
    ) as cloudwatch:
        watch = Watch(cloudwatch, ["a"])
        watch.begin(despite_alarms=True)
        watch.look()
        assert watch.quiet() == ["a"]
        with pytest.raises(AlarmError, match="the alarm a is on"):
            watch.look()


def test_an_alarm_that_is_gone_keeps_it_from_beginning():
    answers = look(alarm("b"), names=["c", "a", "b"])
    with answering("cloudwatch", answers) as cloudwatch, pytest.raises(RolloutError) as caught:
        Watch(cloudwatch, ["c", "a", "b"]).begin(despite_alarms=True)
    assert str(caught.value) == "the alarm a is gone, so nobody would notice what goes wrong"


def test_an_alarm_that_is_deleted_meanwhile_ends_it():
    with answering("cloudwatch", look(alarm("a")) + look(names=["a"])) as cloudwatch:
        watch = Watch(cloudwatch, ["a"])
        watch.begin(despite_alarms=False)
        with pytest.raises(RolloutError, match="the alarm a is gone"):
            watch.look()


def test_an_alarm_made_of_others_counts_too():
    answers = look(composite=(alarm("whole", RINGING, AlarmDescription="it burns"),))
    with answering("cloudwatch", answers) as cloudwatch, pytest.raises(RolloutError, match="it burns"):
        Watch(cloudwatch, ["whole"]).begin(despite_alarms=False)


# CloudWatch API reference, DescribeAlarms: 100 at once.
def test_more_alarms_than_one_call_tells_of_are_asked_for_in_several():
    names = [f"alarm-{number:03}" for number in range(AT_ONCE + 1)]
    answers = look(*map(alarm, names[:100])) + look(alarm(names[100], RINGING))
    with answering("cloudwatch", answers) as cloudwatch, pytest.raises(RolloutError, match="alarm-100 is on"):
        Watch(cloudwatch, names).begin(despite_alarms=False)


def test_a_while_is_looked_at_from_its_beginning_to_its_end():
    with answering("cloudwatch", look(alarm("a")) + look(alarm("a", RINGING))) as cloudwatch:
        watch = Watch(cloudwatch, ["a"])
        with pytest.raises(AlarmError):
            watch.look_for(1.0)


def test_without_a_while_it_is_looked_once():
    with answering("cloudwatch", look(alarm("a"))) as cloudwatch:
        Watch(cloudwatch, ["a"]).look_for(0)
