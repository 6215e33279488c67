"""Load of the service in the header of ORCA, and its absence by default."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
import uvicorn
from uvicorn.server import ServerState

from service.iris.examples import QUERY
from service.telemetry import load_report
from service.telemetry.load_report import LoadReport, load_header
from tests.suite.waiting import until, waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.service.conftest import RunningService, StartService

HEADER = "endpoint-load-metrics"
FAST_PATH = f"/api/v01/classify?{QUERY}"
PATHS = (FAST_PATH, "/listpredictors", "/nowhere")


@pytest.fixture(scope="module", params=["1", "2"])
def reporting(start_service: StartService, request: pytest.FixtureRequest) -> RunningService:
    return start_service(IRIS_REPORT_LOAD="on", IRIS_WORKERS=request.param)


# xds.data.orca.v3.OrcaLoadReport, in the JSON of protobuf with the names of its fields.
def test_utilization_is_the_number_of_requests_in_progress():
    name, value = load_header(200, 0.005)
    kind, _, report = value.partition(b" ")
    assert (name, kind) == (b"endpoint-load-metrics", b"JSON")
    assert json.loads(report) == {"application_utilization": 1.0, "rps_fractional": 200.0}


@pytest.mark.parametrize("path", PATHS)
def test_each_response_reports_the_load(reporting: RunningService, path: str):
    report = until(lambda: reporting.get(path).headers.get(HEADER))
    assert seconds_per_request(report) > 0


@pytest.mark.parametrize("path", PATHS)
def test_no_response_reports_the_load_by_default(service: RunningService, path: str):
    assert HEADER not in service.get(path).headers


def seconds_per_request(header: str) -> float:
    report = json.loads(header.removeprefix("JSON "))
    return report["application_utilization"] / report["rps_fractional"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_service_without_requests_hardly_wakes_up(start_service: StartService):
    running = start_service(IRIS_REPORT_LOAD="on")
    until(lambda: HEADER in running.get(FAST_PATH).headers)
    time.sleep(1.5)  # until a report without a request
    before, began = waits(running.process.pid), time.monotonic()
    time.sleep(3)
    # Once a second the tasks of the server run, and four times the load is sampled.
    assert (waits(running.process.pid) - before) / (time.monotonic() - began) < 13


def test_a_process_that_can_run_a_fifth_of_the_time_reports_it(start_service: StartService):
    running = start_service(IRIS_REPORT_LOAD="on")
    done = threading.Event()

    def throttle() -> None:
        while not done.wait(0.01):
            running.process.send_signal(signal.SIGSTOP)
            done.wait(0.04)
            running.process.send_signal(signal.SIGCONT)

    def report() -> float:
        header = running.get(FAST_PATH).headers.get(HEADER)
        return seconds_per_request(header) if header else 0.0

    until(report)
    throttling = threading.Thread(target=throttle)
    throttling.start()
    try:
        # A moment at random is stopped with a probability of 4/5, and then for another 20 ms on average.
        until(lambda: report() > 0.01)
    finally:
        done.set()
        throttling.join()
        running.process.send_signal(signal.SIGCONT)


class Loop:
    """Event loop whose timers the test fires."""

    def __init__(self) -> None:
        self.due: list[tuple[float, Callable[[], object]]] = []

    def call_later(self, delay: float, callback: Callable[..., object], *arguments: object) -> None:
        self.due.append((delay, partial(callback, *arguments)))


class Sampled:
    """Load report in which each moment, and each second of processor time, is the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.cpu = 0.0
        self.loop = Loop()
        self.config = uvicorn.Config("none", headers=[("x-own", "1")])
        self.config.load_app = lambda: None  # pyright: ignore[reportAttributeAccessIssue] (there is none)
        self.config.encoded_headers = [(b"x-own", b"1")]
        self.state = ServerState()
        monkeypatch.setattr(load_report, "process_time", lambda: self.cpu)
        monkeypatch.setattr(load_report.asyncio, "get_running_loop", lambda: self.loop)
        monkeypatch.setattr(load_report.random, "uniform", max)
        LoadReport(self.config, self.state, lambda: self.now).start()

    def serve(self, seconds: float, *, requests: int, delay: float, cpu: float) -> None:
        """Advance the time until a report, of which each sample is late by `delay` seconds."""
        end = self.now + seconds
        while self.now < end:
            after, sample = self.loop.due.pop()
            self.now += after + delay
            if self.now >= end:
                self.state.total_requests += requests
                self.cpu += cpu
            sample()

    @property
    def utilization_and_rate(self) -> tuple[float, float]:
        own, (name, value) = self.config.encoded_headers
        assert (own, name) == ((b"x-own", b"1"), b"endpoint-load-metrics")
        report = json.loads(value.removeprefix(b"JSON "))
        return report["application_utilization"], report["rps_fractional"]


# Little's law: the mean number of requests is their rate times the time of one, here its delay of 15 ms and
# the processor time of 5 ms.
def test_the_report_is_the_rate_and_the_delay_with_the_processor_time_of_a_request(
    monkeypatch: pytest.MonkeyPatch,
):
    sampled = Sampled(monkeypatch)
    sampled.serve(0.5, requests=52, delay=0.015, cpu=52 * 0.005)
    assert sampled.now == pytest.approx(0.52)  # eight samples, each after 50 ms and 15 ms
    assert sampled.utilization_and_rate == (pytest.approx(100 * 0.02), 100.0)


def test_a_new_report_counts_for_three_tenths(monkeypatch: pytest.MonkeyPatch):
    sampled = Sampled(monkeypatch)
    sampled.serve(0.5, requests=52, delay=0.015, cpu=52 * 0.005)
    sampled.serve(0.5, requests=55, delay=0.0, cpu=55 * 0.010)  # no delay any more
    utilization, rate = sampled.utilization_and_rate
    assert utilization / rate == pytest.approx(0.3 * 0.010 + 0.7 * 0.020, rel=1e-3)


def test_a_service_without_requests_samples_twice_a_second_and_keeps_its_report(
    monkeypatch: pytest.MonkeyPatch,
):
    sampled = Sampled(monkeypatch)
    sampled.serve(0.5, requests=50, delay=0.0, cpu=0.5)
    reported = sampled.config.encoded_headers
    sampled.serve(0.5, requests=0, delay=0.0, cpu=0.1)
    assert sampled.config.encoded_headers is reported
    assert [after for after, _ in sampled.loop.due] == [0.5]
    sampled.serve(0.5, requests=50, delay=0.0, cpu=0.5)
    assert [after for after, _ in sampled.loop.due] == [0.05]
