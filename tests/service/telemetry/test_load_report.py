"""Load of the service in the header of ORCA, and its absence by default."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from service.iris.examples import QUERY
from service.telemetry.load_report import load_header
from tests.suite.waiting import until, waits

if TYPE_CHECKING:
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
    before = waits(running.process.pid)
    time.sleep(3)
    # Ten times a second uvicorn looks whether it ends, and four times the load is sampled.
    assert waits(running.process.pid) - before < 75


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
