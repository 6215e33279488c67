"""Load at a fixed rate, and what it measures of an outage."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time

import pytest

from scripts.bench.faults.open_load import (
    Answer,
    LoadEndedError,
    OpenLoad,
    longest_outage,
)
from scripts.bench.load.generator import LoadGenerator, LoadRun
from scripts.bench.load.requests import flower_requests
from scripts.bench.load.target import parse_target
from tests.scripts.bench.faults.conftest import Service
from tests.suite.waiting import until


def collect(load: OpenLoad, number: int) -> list[Answer]:
    found: list[Answer] = []

    def is_enough() -> bool:
        found.extend(load.take(time.monotonic()))
        return len(found) >= number

    until(is_enough)
    return found


def test_the_outage_is_the_longest_time_between_two_good_answers():
    answers = [
        Answer(due_at, 0.5, failure) for due_at, failure in ((0, ""), (1, ""), (2, "reset"), (6, ""), (7, ""))
    ]
    # From the end of the second to that of the fourth.
    assert longest_outage(answers) == 5
    assert longest_outage([Answer(0, 1, "500")]) == 0


def test_requests_are_sent_at_their_rate_and_answered(url: str):
    with OpenLoad(url, 200) as load:
        answers = collect(load, 300)
    assert {answer.failure for answer in answers} == {""}
    # A Poisson process of 300 arrivals lasts 1.5 s on average, and hardly ever less than two thirds of that.
    assert max(answer.due_at for answer in answers) - min(answer.due_at for answer in answers) > 1


def test_requests_do_not_wait_for_those_that_hang(url: str):
    with OpenLoad(url, 100) as load:
        collect(load, 10)
        Service.answer = "hang"
        hung = Service.requests
        # Many more than a client with a few connections would have sent.
        until(lambda: Service.requests > hung + 60)
        sent_at = time.monotonic()
        Service.answer = "good"
        load.wait(sent_at)
        answers = load.take(sent_at)
    assert {answer.failure for answer in answers} == {""}
    # The wait of those that were due in the meantime is theirs.
    assert max(answer.seconds for answer in answers) > 0.3


@pytest.mark.parametrize(("answer", "failure"), [("fail", "500"), ("close", "reset"), ("wrong", "wrong")])
def test_a_failure_has_its_reason(url: str, answer: str, failure: str):
    Service.answer = answer
    with OpenLoad(url, 100) as load:
        assert {found.failure for found in collect(load, 20)} == {failure}


def test_a_refused_connection_is_a_failure():
    with OpenLoad("http://127.0.0.1:1", 100) as load:
        assert {found.failure for found in collect(load, 20)} == {"refused"}


def test_answers_are_taken_once_by_the_time_at_which_they_were_due(url: str):
    with OpenLoad(url, 100) as load:
        until(lambda: Service.requests > 50)
        between = time.monotonic()
        load.wait(between + 0.5)
        first, second = load.take(between), load.take(time.monotonic())
    assert max(answer.due_at for answer in first) < between <= min(answer.due_at for answer in second)


def test_answers_are_complete_when_the_requests_that_hang_have_failed(url: str):
    with OpenLoad(url, 100) as load:
        until(lambda: Service.requests > 20)
        Service.answer = "hang"
        hung_at = time.monotonic()
        until(lambda: load.complete_until > hung_at - 2)
        time.sleep(2)
        # Requests that wait are incomplete, although newer ones are due.
        assert load.complete_until < hung_at + 1
        Service.answer = "good"
        load.wait(hung_at + 1)
        assert len(load.take(hung_at + 1)) > 50
        for child in multiprocessing.active_children():
            child.kill()
        with pytest.raises(LoadEndedError):
            load.wait(time.monotonic() + 10)


def test_a_request_that_waits_for_a_connection_fails_when_others_would():
    """With one connection at a service that answers nothing, all requests end at their own time."""
    silent = socket.create_server(("127.0.0.1", 0))
    target = parse_target(f"http://127.0.0.1:{silent.getsockname()[1]}")
    generator = LoadGenerator(target, connections=1, timeout=0.5)
    run = LoadRun()
    asyncio.run(generator.run([(0.02 * number, flower_requests()[0]) for number in range(21)], run))
    silent.close()
    assert [sample.verdict for sample in run.samples] == ["failed"] * 21
    # Without counting the wait, the last one would end after 10.5 s.
    assert max(sample.ended - sample.due for sample in run.samples) < 6
    assert run.complete_until == pytest.approx(0.4)
