"""Judgement on an Envoy from the answers to its probes."""

from __future__ import annotations

from localcloud.load_balancer.envoy_probes import (
    LATE,
    OUTDATED,
    PROBE_TIMEOUT,
    UNANSWERED,
    ProbeHistory,
    RunningVersions,
)

REQUIRED = {"binary": "1.40.0", "clusters": "b"}
UP_TO_DATE = RunningVersions(REQUIRED, rejected=0)
OLDER = RunningVersions({"binary": "1.40.0", "clusters": "a"}, rejected=0)


def test_an_envoy_hangs_only_after_several_unanswered_probes_in_a_row():
    history = ProbeHistory()
    for _ in range(3):
        unanswered = [history.add_unanswered(PROBE_TIMEOUT) for _ in range(UNANSWERED - 1)]
        assert unanswered == [None] * (UNANSWERED - 1)
        assert history.add_answer(UP_TO_DATE, REQUIRED) is None
    assert [history.add_unanswered(PROBE_TIMEOUT) for _ in range(UNANSWERED)][-1] == "did not answer"


def test_a_hanging_envoy_is_found_within_two_seconds():
    assert UNANSWERED * PROBE_TIMEOUT <= 2


def test_probes_of_a_prober_that_was_starved_itself_show_nothing():
    history = ProbeHistory()
    assert {history.add_unanswered(seconds) for seconds in (LATE, 6, 60) for _ in range(UNANSWERED)} == {None}


def test_an_envoy_that_has_not_read_a_file_yet_is_not_out_of_date_before_several_probes():
    history = ProbeHistory()
    for _ in range(3):
        assert [history.add_answer(OLDER, REQUIRED) for _ in range(OUTDATED - 1)] == [None] * (OUTDATED - 1)
        assert history.add_answer(UP_TO_DATE, REQUIRED) is None
    found = [history.add_answer(OLDER, REQUIRED) for _ in range(OUTDATED)]
    assert found[-1] == "was out of date (clusters)"


def test_an_envoy_that_has_refused_the_file_is_not_out_of_date_until_it_ignores_a_later_one():
    history = ProbeHistory()
    assert history.add_answer(UP_TO_DATE, REQUIRED) is None
    refusing = RunningVersions(OLDER.versions, rejected=2)
    assert {history.add_answer(refusing, REQUIRED) for _ in range(9)} == {None}
    # A file that it can use: its refusals so far are no longer a reason.
    assert history.add_answer(RunningVersions(REQUIRED, rejected=2), REQUIRED) is None
    found = [history.add_answer(refusing, REQUIRED) for _ in range(OUTDATED)]
    assert found[-1] == "was out of date (clusters)"


def test_each_refusal_of_a_file_is_named_once():
    history = ProbeHistory()
    refusing = RunningVersions(OLDER.versions, rejected=1)
    found: list[str] = []
    for running in (
        UP_TO_DATE,
        OLDER,
        refusing,
        refusing,
        refusing,
        RunningVersions(OLDER.versions, rejected=2),
    ):
        history.add_answer(running, REQUIRED)
        found += history.take_refused()
    assert found == ["clusters", "clusters"]
