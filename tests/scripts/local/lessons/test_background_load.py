"""Load in the background of a lesson, of which each period has the requests that were due in it."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, islice

from scripts.bench.load.demand import send_times, steady
from scripts.bench.load.requests import flower_requests
from scripts.local.lessons.background_load import BackgroundLoad
from tests.suite.waiting import until

ANSWER_SECONDS = 1.0


class Slow(BaseHTTPRequestHandler):
    received = count(1)
    number = 0

    def do_POST(self) -> None:
        type(self).number = next(self.received)
        time.sleep(ANSWER_SECONDS)
        self.send_error(503)

    do_GET = do_POST  # noqa: N815 - the name of the standard library


def test_requests_that_were_due_in_a_period_count_in_it_however_late_they_are_answered():
    demand = steady(40, 600)
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with BackgroundLoad(f"http://127.0.0.1:{server.server_port}", demand, flower_requests()) as load:
            due = sum(moment < ANSWER_SECONDS / 2 for moment in islice(send_times(demand, seed=1), 1_000))
            until(lambda: Slow.number > due)
        assert load.between(0, ANSWER_SECONDS / 2).requests == due
        server.shutdown()
