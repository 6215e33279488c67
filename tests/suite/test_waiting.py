from __future__ import annotations

from itertools import count

import pytest

from tests.suite import waiting
from tests.suite.clock import Clock
from tests.suite.waiting import until, within


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


@pytest.mark.parametrize(
    ("question_seconds", "pause"), [(0.0, 0.02), (0.1, 0.9), (5.0, 1.0)], ids=["free", "slow", "very slow"]
)
def test_the_pause_is_nine_times_as_long_as_the_question_within_limits(
    clock: Clock, question_seconds: float, pause: float
):
    asked = count(1)

    def happens() -> int:
        clock.now += question_seconds
        number = next(asked)
        return number if number == 3 else 0

    assert until(happens) == 3
    assert clock.pauses == pytest.approx([pause, pause])


def test_what_does_not_happen_in_time_fails_and_is_asked_once_more_after_the_deadline(clock: Clock):
    assert within(2, list) == []
    assert 102 < clock.now < 102.1
    with pytest.raises(AssertionError, match="it did not happen within 3 s"):
        until(lambda: None, 3)


def test_what_happens_at_once_is_not_waited_for(clock: Clock):
    assert until(lambda: "happened") == "happened"
    assert clock.pauses == []
