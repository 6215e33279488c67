"""Capacity of services, of which one answers one request after the other in a known time."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer

from scripts.bench.faults.capacity import PRECISION, measure_capacity
from tests.scripts.bench.faults.conftest import SLOW_SECONDS, Service
from tests.suite.waiting import until


def test_the_capacity_is_the_highest_rate_that_is_answered_in_time(url: str):
    Service.answer = "slow"
    tried: list[str] = []

    def measured() -> float:
        tried.clear()
        return measure_capacity(url, 1, tried.append)

    # Beside other work, even the first rate can be answered too late.
    capacity = until(measured, 120)
    # A second of twice the capacity makes half of it wait for up to a second, and more than a tenth.
    assert 50 <= capacity < 2 / SLOW_SECONDS / PRECISION
    assert tried[:2] == ["Measuring the capacity: 50 requests/s", "Measuring the capacity: 100 requests/s"]


def test_a_service_that_fails_has_none(url: str):
    Service.answer = "fail"
    assert measure_capacity(url, 0.2, lambda _: None) == 0


def test_a_service_that_nobody_runs_has_none():
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    assert measure_capacity(f"http://127.0.0.1:{port}", 0.2, lambda _: None) == 0
