"""Load at a steady pace, and what it measures of an outage."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from scripts.bench.faults.steady_load import Answer, SteadyLoad, longest_outage, percentile
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator


class Failing(BaseHTTPRequestHandler):
    """Service whose every second answer is a failure."""

    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
        self.send_response(200 if self.requests % 2 else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_outage_is_the_longest_time_between_two_good_answers():
    answers = [
        Answer(sent_at, 0.5, is_good=is_good)
        for sent_at, is_good in ((0, True), (1, True), (2, False), (6, True), (7, True))
    ]
    # From the end of the second to that of the fourth.
    assert longest_outage(answers) == 5


def test_without_good_answers_there_is_neither_outage_nor_percentile():
    assert longest_outage([Answer(0, 1, is_good=False)]) == 0
    assert percentile([Answer(0, 1, is_good=False)], 0.99) == 0


def test_a_percentile_is_that_of_the_good_answers():
    answers = [Answer(0, number, is_good=True) for number in range(100)]
    assert percentile([*answers, Answer(0, 1_000, is_good=False)], 0.99) == 99


def test_failures_and_pace_are_measured(url: str):
    with SteadyLoad(url, per_second=100) as load:
        started = time.monotonic()
        until(lambda: len(load.since(started)) >= 60)
        seconds = time.monotonic() - started
    answers = load.since(started)
    assert sum(answer.is_good for answer in answers) == pytest.approx(len(answers) / 2, abs=8)
    # No faster than its pace; a busy machine may be slower.
    assert seconds > 60 / 100 - 8 / 100


def test_a_refused_connection_is_a_failure():
    with SteadyLoad("http://127.0.0.1:1", per_second=100) as load:
        until(lambda: len(load.since(0)) > 8)
    assert not [answer for answer in load.since(0) if answer.is_good]
