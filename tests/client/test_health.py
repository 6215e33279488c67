"""Health of the instances as one client sees it, on a clock that the test moves."""

from __future__ import annotations

import pytest

from client.health import EJECTION_SECONDS, FAILURES, MAXIMUM_EJECTION_SECONDS, ClientHealth
from client.instance import Instance

ONE = Instance("i-1", "127.0.0.1", 8001)
OTHER = Instance("i-2", "127.0.0.1", 8002)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> ClientHealth:
    return ClientHealth(clock)


def fail(health: ClientHealth, times: int = FAILURES) -> None:
    for _ in range(times):
        health.record_failure(ONE)


def test_failures_in_a_row_eject_an_instance_and_no_other(health: ClientHealth):
    fail(health, FAILURES - 1)
    assert health.is_available(ONE)
    fail(health, 1)
    assert not health.is_available(ONE)
    assert health.is_available(OTHER)


def test_a_success_ends_the_row(health: ClientHealth):
    fail(health, FAILURES - 1)
    health.record_success(ONE)
    fail(health, FAILURES - 1)
    assert health.is_available(ONE)


def test_one_refused_connection_ejects_an_instance(health: ClientHealth):
    health.record_failure(ONE, refused=True)
    assert not health.is_available(ONE)


def test_an_ejection_expires(health: ClientHealth, clock: Clock):
    fail(health)
    clock.now += EJECTION_SECONDS - 0.001
    assert not health.is_available(ONE)
    clock.now += 0.001
    assert health.is_available(ONE)


def test_requests_that_fail_together_are_one_ejection(health: ClientHealth, clock: Clock):
    fail(health, 50)
    clock.now += EJECTION_SECONDS
    assert health.is_available(ONE)


def test_each_further_ejection_doubles_up_to_a_minute(health: ClientHealth, clock: Clock):
    fail(health, FAILURES - 1)
    for seconds in (2, 4, 8, 16, 32, 60, 60):
        health.record_failure(ONE)
        clock.now += seconds - 0.001
        assert not health.is_available(ONE)
        clock.now += 0.001
        assert health.is_available(ONE)
    assert MAXIMUM_EJECTION_SECONDS == 60
    health.record_success(ONE)
    fail(health)
    clock.now += EJECTION_SECONDS
    assert health.is_available(ONE)


def test_a_pause_lasts_as_long_as_the_instance_asks_for(health: ClientHealth, clock: Clock):
    health.pause(ONE, 3)
    assert not health.is_available(ONE)
    assert health.pause_left(ONE) == 3
    clock.now += 3
    assert health.is_available(ONE)
    assert health.pause_left(ONE) == health.pause_left(OTHER) == 0


def test_a_check_that_fails_takes_an_instance_out_until_one_passes(health: ClientHealth, clock: Clock):
    health.record_check(ONE, passed=False)
    clock.now += 1_000
    assert not health.is_available(ONE)
    fail(health)
    health.record_check(ONE, passed=True)
    assert health.is_available(ONE)


def test_an_instance_that_is_gone_is_forgotten(health: ClientHealth):
    fail(health)
    health.keep_only({OTHER})
    assert health.is_available(ONE)
