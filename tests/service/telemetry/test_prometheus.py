"""Prometheus metrics: sums of one worker, of several, and after one of them has died."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from queue import Queue
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.telemetry.json_logs import DroppingQueueHandler
from service.telemetry.prometheus import PrometheusMetrics
from service.telemetry.request_stats import RequestStats
from tests.service.conftest import NO_TLS, ROOT
from tests.service.workers import workers_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.service.conftest import RunningService, StartService

CLASSIFY = "/api/v01/classify/1.4/0.2/5.1/3.5"
TEMPLATE = "/api/v01/classify/{pl}/{pw}/{sl}/{sw}"
COUNT = "http_request_duration_seconds_count"

Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


def numbers_of(running: RunningService) -> Numbers:
    response = running.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return numbers_in(response.text)


def numbers_in(exposition: str) -> Numbers:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def number(numbers: Numbers, name: str, labels: Mapping[str, str] | None = None) -> float:
    return numbers.get((name, frozenset((labels or {}).items())), 0)


def classified(numbers: Numbers) -> float:
    return number(numbers, COUNT, {"method": "GET", "route": TEMPLATE, "status": "2xx"})


def classify(running: RunningService, times: int, path: str = CLASSIFY) -> None:
    for _ in range(times):  # each on a connection of its own, which any worker can accept
        running.get(path)


@pytest.fixture(scope="module")
def one_worker(start_service: StartService) -> RunningService:
    return start_service(IRIS_GRACE_SECONDS="0")


def test_requests_are_counted_by_route_and_class_of_status(one_worker: RunningService):
    before = numbers_of(one_worker)
    classify(one_worker, 3)
    classify(one_worker, 2, CLASSIFY.replace("1.4", "abc"))
    classify(one_worker, 4, "/made/up")
    after = numbers_of(one_worker)
    assert classified(after) - classified(before) == 3
    for status, route, times in (("4xx", TEMPLATE, 2), ("4xx", "(none)", 4)):
        labels = {"method": "GET", "route": route, "status": status}
        assert number(after, COUNT, labels) - number(before, COUNT, labels) == times


def test_the_histogram_has_the_durations_of_requests(one_worker: RunningService):
    classify(one_worker, 5)
    numbers = numbers_of(one_worker)
    labels = {"method": "GET", "route": TEMPLATE, "status": "2xx"}
    buckets = sorted(
        (float(dict(found)["le"]), value)
        for (name, found), value in numbers.items()
        if name == "http_request_duration_seconds_bucket" and labels.items() <= dict(found).items()
    )
    counts = [count for _, count in buckets]
    assert counts == sorted(counts)
    assert counts[-1] == classified(numbers)
    assert 0 < number(numbers, "http_request_duration_seconds_sum", labels) < counts[-1] * 5


def test_flowers_are_counted_by_predictor(one_worker: RunningService):
    labels = {"predictor": "iris-logistic"}
    before = number(numbers_of(one_worker), "iris_predictions_total", labels)
    classify(one_worker, 3)
    rows = [{"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}] * 20
    httpx.post(f"{one_worker.url}/api/v01/classify/batch", json=rows, trust_env=False, verify=NO_TLS)
    assert number(numbers_of(one_worker), "iris_predictions_total", labels) - before == 23
    tensor = {"name": "rows", "shape": [5, 4], "datatype": "FP64", "data": [[1.4, 0.2, 5.1, 3.5]] * 5}
    url = f"{one_worker.url}/v2/models/iris-logistic/infer"
    httpx.post(url, json={"inputs": [tensor]}, trust_env=False, verify=NO_TLS)
    assert number(numbers_of(one_worker), "iris_predictions_total", labels) - before == 28


def test_gauges_show_versions_connections_and_requests_in_flight(one_worker: RunningService):
    numbers = numbers_of(one_worker)
    names = {name for name, _ in numbers}
    assert {"iris_build_info", "iris_predictor_info", "iris_log_lines_dropped_total"} <= names
    assert number(numbers, "http_requests_in_flight") == 1  # this one
    assert number(numbers, "http_connections_open") >= 1


def test_metrics_of_two_workers_add_up_even_after_one_has_died(start_service: StartService, tmp_path: Path):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_WORKERS="2", TMPDIR=str(tmp_path))
    classify(running, 40)
    wait_for_sum(running, 40)
    numbers = numbers_of(running)
    assert number(numbers, "http_requests_in_flight") >= 1
    assert number(numbers, "iris_build_info", build_labels(numbers)) == 1
    next(iter(workers_of(running.process.pid))).kill()
    classify(running, 10)
    wait_for_sum(running, 50)
    assert number(numbers_of(running), "http_connections_open") < 50
    assert list(tmp_path.glob("iris-metrics-*/*.db"))
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0
    assert not list(tmp_path.iterdir())


def wait_for_sum(running: RunningService, times: int) -> None:
    deadline = time.monotonic() + 10
    while classified(numbers_of(running)) != times:
        assert time.monotonic() < deadline, (classified(numbers_of(running)), times)
        time.sleep(0.1)


def build_labels(numbers: Numbers) -> dict[str, str]:
    (labels,) = [dict(labels) for name, labels in numbers if name == "iris_build_info"]
    return labels


def test_metrics_can_be_turned_off(start_service: StartService):
    running = start_service(IRIS_GRACE_SECONDS="0", IRIS_METRICS="off")
    assert running.get("/metrics").status_code == 404


def dropped_lines(metrics: PrometheusMetrics) -> float:
    (value,) = (
        sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
        if sample.name == "iris_log_lines_dropped_total"
    )
    return value


# A counter's increase is the number of events (Prometheus documentation, "Metric types"), however often it is
# read.
def test_a_dropped_line_is_counted_once(monkeypatch: pytest.MonkeyPatch):
    full = DroppingQueueHandler(Queue(maxsize=1))
    monkeypatch.setattr(logging.getLogger(), "handlers", [full])
    stats = RequestStats(instance="i-test", versions={}, log_sample=0)
    metrics = PrometheusMetrics(stats, versions={}, features={}, open_connections=lambda: 0)
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "a line", (), None)
    for emitted, dropped in ((1, 0), (3, 3), (0, 3), (2, 5), (0, 5)):
        for _ in range(emitted):
            full.emit(record)
        assert dropped_lines(metrics) == dropped


def out_of_range(running: RunningService) -> dict[tuple[str, str], float]:
    return {
        (dict(labels)["predictor"], dict(labels)["feature"]): value
        for (name, labels), value in numbers_of(running).items()
        if name == "iris_inputs_out_of_range_total"
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "added"),
    [
        ("GET", "/api/v01/classify/101/0.2/5.1/3.5", None, {"pl": 1}),
        ("GET", "/api/v01/classify?pl=1.4&pw=-1&sl=1e3&sw=3.5", None, {"pw": 1, "sl": 1}),
        ("GET", "/api/v01/classify?pl=1.4&pw=x&sl=5.1", None, {}),
        ("POST", "/api/v01/classify", {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 10**400}, {"sw": 1}),
        ("POST", "/api/v01/classify", {"pl": True, "pw": None, "sl": [], "sw": "200"}, {"sw": 1}),
        ("POST", "/api/v01/classify/batch", [{"pl": 101, "pw": 101}, {"pl": "-2"}, {}], {"pl": 2, "pw": 1}),
        ("GET", "/?pl=1000&pw=1&sl=1&sw=1", None, {"pl": 1}),
        ("GET", "/?pl=1000,5&pw=1,5&sl=1&sw=1", None, {"pl": 1}),
        ("GET", "/?pl=%201000%20&pw=1&sl=1&sw=1", None, {"pl": 1}),
        ("GET", "/api/v01/classify/1.4/0.2/5.1/3.5", None, {}),
        ("GET", "/api/v01/classify/101/0.2/5.1/3.5?predictor=nobody", None, {}),
    ],
)
def test_values_out_of_range_are_counted_by_feature_and_other_mistakes_are_not(
    one_worker: RunningService, method: str, path: str, body: object, added: dict[str, int]
):
    before = out_of_range(one_worker)
    httpx.request(method, one_worker.url + path, json=body, trust_env=False, timeout=30, verify=NO_TLS)
    after = out_of_range(one_worker)
    assert {
        labels: after[labels] - before[labels] for labels in after if after[labels] != before[labels]
    } == {("iris-logistic", feature): count for feature, count in added.items()}


def test_values_out_of_range_count_for_the_predictor_that_was_asked(one_worker: RunningService):
    before = out_of_range(one_worker)
    one_worker.get("/api/v01/classify/101/0.2/5.1/3.5?predictor=iris-bayes")
    labels = ("iris-bayes", "pl")
    assert out_of_range(one_worker)[labels] - before[labels] == 1


def test_each_feature_of_each_predictor_is_shown_before_its_first_value_out_of_range(
    start_service: StartService,
):
    assert out_of_range(start_service(IRIS_GRACE_SECONDS="0")) == {
        (predictor, feature): 0
        for predictor in ("iris-bayes", "iris-forest", "iris-logistic")
        for feature in ("pl", "pw", "sl", "sw")
    }


def test_each_request_is_counted_once_however_often_the_metrics_are_read():
    stats = RequestStats(instance="i-test", versions={}, log_sample=0)
    metrics = PrometheusMetrics(
        stats, versions={"a": "7"}, features={"a": ["pl"]}, open_connections=lambda: 5
    )
    predictions = ("iris_predictions_total", {"predictor": "a"})
    out_of_range = ("iris_inputs_out_of_range_total", {"predictor": "a", "feature": "pl"})
    answered, refused = (
        (COUNT, {"method": "POST", "route": "/x", "status": status}) for status in ("2xx", "4xx")
    )
    before = numbers_in(metrics.exposition().decode())
    assert {number(before, *each) for each in (predictions, out_of_range)} == {0}
    assert all((name, frozenset(labels.items())) in before for name, labels in (predictions, out_of_range))
    assert number(before, "iris_predictor_info", {"predictor": "a", "version": "7"}) == 1
    assert number(before, "http_connections_open") == 5
    stats.in_flight = 4
    for times in (1, 2):
        now = time.perf_counter()
        stats.record("POST /x", 200, now, b"id", "a", flowers=3)
        stats.record("POST /x", 422, now, b"id")
        stats.count_out_of_range("a", {"pl": 2})
        for _ in range(2):
            after = numbers_in(metrics.exposition().decode())
            assert number(after, *predictions) == 3 * times
            assert number(after, *out_of_range) == 2 * times
            assert number(after, *answered) == number(after, *refused) == times
            assert number(after, "http_requests_in_flight") == 4


# Each worker has its own connections and requests; a version that several have is one version.
def test_gauges_of_several_workers_add_up_and_versions_do_not(tmp_path: Path):
    program = """
import os, sys
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]
from service.telemetry.prometheus import PrometheusMetrics
from service.telemetry.request_stats import RequestStats
for worker in range(2):
    child = os.fork()
    if not child:
        stats = RequestStats(instance="i", versions={}, log_sample=0)
        stats.in_flight = 3 + worker
        metrics = PrometheusMetrics(
            stats, versions={"a": "7"}, features={}, open_connections=lambda: 10 + worker
        )
        metrics.update()
        if worker:
            sys.stdout.write(metrics.exposition().decode())
            sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    shown = {name: value for (name, _), value in numbers_in(ended.stdout).items()}
    assert (shown["http_requests_in_flight"], shown["http_connections_open"]) == (3 + 4, 10 + 11)
    assert (shown["iris_predictor_info"], shown["iris_build_info"]) == (1, 1)
