"""Request statistics: every response is counted, every error and a sample of the rest are logged."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from service.telemetry import request_stats
from service.telemetry.request_stats import BUCKETS, RequestStats

if TYPE_CHECKING:
    from collections.abc import Callable

ROUTE = "POST /api/v01/classify"
TRACEPARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    caplog.set_level(logging.INFO, logger="service.requests")
    return lambda: [vars(record)["fields"] for record in caplog.records]


def stats(log_sample: int) -> RequestStats:
    return RequestStats(instance="i-test", versions={"iris-logistic": "ab12"}, log_sample=log_sample)


def test_responses_are_counted_by_route_status_and_predictor():
    counting = stats(0)
    for status in (200, 200, 422):
        counting.record(ROUTE, status, perf_counter(), b"id", "iris-logistic" if status == 200 else "")
    assert {key: sum(route_stats.buckets) for key, route_stats in counting.by_route.items()} == {
        (ROUTE, 200, "iris-logistic"): 2,
        (ROUTE, 422, ""): 1,
    }


def test_flowers_are_counted_if_a_predictor_answered():
    counting = stats(0)
    counting.record(ROUTE, 200, perf_counter(), b"id", "iris-logistic")
    counting.record(ROUTE, 200, perf_counter(), b"id", "iris-logistic", flowers=150)
    counting.record("GET /livez", 200, perf_counter(), b"id")
    assert [route_stats.flowers for route_stats in counting.by_route.values()] == [151, 0]


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (0.003, 5), (0.3, 11), (60.0, len(BUCKETS))])
def test_durations_are_counted_in_their_bucket(monkeypatch: pytest.MonkeyPatch, seconds: float, bucket: int):
    counting = stats(0)
    monkeypatch.setattr(request_stats, "perf_counter", lambda: 1_000 + seconds)
    counting.record(ROUTE, 200, 1_000.0, b"id")
    (route_stats,) = counting.by_route.values()
    assert route_stats.buckets.index(1) == bucket
    assert route_stats.seconds == pytest.approx(seconds)


# Prometheus, "Histograms and summaries": `le` is an inclusive upper bound.
def test_a_duration_of_exactly_a_bound_is_within_its_bucket(monkeypatch: pytest.MonkeyPatch):
    counting = stats(0)
    for bound in BUCKETS:
        monkeypatch.setattr(request_stats, "perf_counter", lambda bound=bound: bound)
        counting.record(ROUTE, 200, 0.0, b"id")
    (route_stats,) = counting.by_route.values()
    assert route_stats.buckets == [1] * len(BUCKETS) + [0]


def test_the_buckets_tell_tens_of_microseconds_from_seconds():
    assert list(BUCKETS) == sorted(BUCKETS)
    assert {0.000_1, 0.001, 0.01, 0.1, 1.0, 10.0} <= set(BUCKETS)


@pytest.mark.parametrize(("status", "is_logged"), [(399, False), (400, True), (499, True), (500, True)])
def test_errors_begin_with_status_400(
    lines: Callable[[], list[dict[str, Any]]], status: int, *, is_logged: bool
):
    stats(0).record(ROUTE, status, perf_counter(), b"id")
    assert bool(lines()) is is_logged


def test_every_error_is_logged(lines: Callable[[], list[dict[str, Any]]]):
    counting = stats(0)
    for status in (200, 404, 503, 200, 500):
        counting.record(ROUTE, status, perf_counter(), b"id")
    assert [line["status"] for line in lines()] == [404, 503, 500]


def test_a_flood_of_refusals_fills_no_log_and_hides_no_failure(
    lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
):
    counting = stats(0)
    now = 1_000.0
    monkeypatch.setattr(request_stats, "perf_counter", lambda: now)
    for status in (*[503, 404] * 5_000, 500):
        counting.record(ROUTE, status, now, b"id")
    assert len(lines()) == 100 + 1  # as IRIS_LOG_SAMPLE promises, and the failure
    assert lines()[-1]["status"] == 500
    assert sum(sum(each.buckets) for each in counting.by_route.values()) == 10_001
    now += 1.0
    counting.record(ROUTE, 404, now, b"id")
    assert len(lines()) == 100 + 2


def test_a_sample_of_other_responses_is_logged(lines: Callable[[], list[dict[str, Any]]]):
    counting = stats(10)
    for _ in range(1_000):
        counting.record(ROUTE, 200, perf_counter(), b"id")
    assert 60 <= len(lines()) <= 160


def test_a_sample_of_one_logs_everything(lines: Callable[[], list[dict[str, Any]]]):
    counting = stats(1)
    for status in (200, 404, 200, 200):
        counting.record(ROUTE, status, perf_counter(), b"id")
    assert [line["status"] for line in lines()] == [200, 404, 200, 200]


def test_a_line_has_route_instance_predictor_and_duration(
    lines: Callable[[], list[dict[str, Any]]],
):
    began = perf_counter() - 0.25
    stats(1).record(ROUTE, 200, began, b"abc", "iris-logistic", size=24, traceparent=TRACEPARENT)
    (line,) = lines()
    assert 250 <= line.pop("duration_ms") <= 1000 * (perf_counter() - began)
    assert line == {
        "request_id": "abc",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "method": "POST",
        "route": "/api/v01/classify",
        "status": 200,
        "bytes": 24,
        "instance": "i-test",
        "predictor": "iris-logistic",
        "version": "ab12",
    }


def test_only_errors_of_the_service_have_level_error(
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.INFO, logger="service.requests")
    for status in (404, 500):
        stats(0).record(ROUTE, status, perf_counter(), b"id")
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR"]
