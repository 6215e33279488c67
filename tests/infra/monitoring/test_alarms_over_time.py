"""Alarms over minutes of a release, an attack and a scale-out, in a simulated CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.monitoring.alarm_definitions import Alarm, alarms
from scripts.rollout.alarm_timing import METRIC_DELAY, seconds_to_alarm
from tests.infra.configs import load
from tests.infra.monitoring.alarm_simulator import Stream, seconds_until_alarm
from tests.infra.monitoring.test_cloudwatch import FLEET, FUNCTION

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULTS = load().alarms
ALARMS = {alarm.name: alarm for shape in (FLEET, FUNCTION) for alarm in alarms(shape, DEFAULTS)}
RATE = 600.0
"""Requests in a minute."""

FAILURE = 20 * 60
"""Second of the release, after twenty quiet minutes."""

GOOD: Stream = {
    "RequestCount": lambda _: RATE,
    "Invocations": lambda _: RATE,
    "HTTPCode_Target_4XX_Count": lambda _: 0.02 * RATE,
    "ClientErrors": lambda _: 0.02 * RATE,
    "TargetResponseTime": lambda _: 0.01,
    "Duration": lambda _: 5,
    "ConcurrentExecutions": lambda _: 3,
    "5XXError": lambda _: 0,
    "HealthyHostCount": lambda _: 2,
    "GroupDesiredCapacity": lambda _: 2,
}


def failing_share(share: float, start: int) -> Callable[[int], float]:
    """Return the share of failed requests in each minute, if `share` of them fail from a second on."""

    def in_minute(minute: int) -> float:
        return share * min(max((minute + 1) * 60 - start, 0), 60) / 60

    return in_minute


def bad(name: str, share: float, start: int) -> Stream:
    """Return the metrics of a release that fails in the way of one alarm."""
    part = failing_share(share, start)

    def is_slow(minute: int) -> bool:
        return part(minute) > 0.01

    ways: dict[str, Stream] = {
        "fleet-errors": {"HTTPCode_Target_5XX_Count": lambda minute: RATE * part(minute)},
        "fleet-client-errors": {"HTTPCode_Target_4XX_Count": lambda minute: RATE * part(minute)},
        "fleet-latency": {"TargetResponseTime": lambda minute: 5 if is_slow(minute) else 0.01},
        "fleet-unhealthy": {"HealthyHostCount": lambda minute: 1 if part(minute) else 2},
        "function-errors": {"Errors": lambda minute: RATE * part(minute)},
        "function-api-errors": {"5XXError": part},
        "function-client-errors": {"ClientErrors": lambda minute: RATE * part(minute)},
        "function-throttles": {"Throttles": lambda minute: RATE * part(minute)},
        "function-latency": {"Duration": lambda minute: 5_000 if is_slow(minute) else 5},
        "function-concurrency": {"ConcurrentExecutions": lambda minute: 90 if part(minute) else 3},
    }
    return {**GOOD, **ways[name]}


def needed(alarm: Alarm) -> int:
    return seconds_to_alarm(60, alarm.datapoints_to_alarm)


# (3 + 1) * 60 + 120 + 60, and for the instances (7 + 1) * 60 + 180.
def test_an_alarm_of_three_datapoints_needs_seven_minutes_and_that_of_the_instances_eleven():
    assert {name: needed(alarm) for name, alarm in ALARMS.items()} == {
        name: 660 if name == "fleet-unhealthy" else 420 for name in ALARMS
    }


@pytest.mark.parametrize("name", ALARMS)
@pytest.mark.parametrize("delay", [0, 60, METRIC_DELAY])
def test_an_alarm_goes_off_within_its_interval_whenever_everything_fails(name: str, delay: int):
    alarm = ALARMS[name]
    times = [
        seconds_until_alarm(
            alarm, bad(name, 1, FAILURE + second), start=FAILURE + second, delay=delay, phase=phase
        )
        for second in (0, 1, 30, 59)
        for phase in (0, 1, 30, 59)
    ]
    assert None not in times
    assert 60 < max(time or 0 for time in times) <= needed(alarm)


# 60 s after a canary of 10 % and 60 s after the rest, the default until then.
@pytest.mark.parametrize("name", ALARMS)
def test_no_alarm_goes_off_within_the_two_minutes_of_a_short_rollout(name: str):
    found = seconds_until_alarm(ALARMS[name], bad(name, 1, FAILURE), start=FAILURE, delay=60)
    assert found is not None
    assert found > 120


# A canary of 10 % fails: 10 % of all requests is more than 1 % of errors, and the p99 is of the slow tenth.
@pytest.mark.parametrize(
    "name", ["fleet-errors", "fleet-latency", "function-errors", "function-api-errors", "function-latency"]
)
def test_a_canary_of_a_tenth_raises_the_alarms_of_errors_and_latency(name: str):
    stream = bad(name, 0.1, FAILURE + 1)
    found = seconds_until_alarm(ALARMS[name], stream, start=FAILURE + 1, delay=METRIC_DELAY)
    assert found is not None
    assert found <= needed(ALARMS[name])


# 10 % is less than the 50 % of clients that may be wrong: the last step raises it, and is rolled back too.
@pytest.mark.parametrize("name", ["fleet-client-errors", "function-client-errors"])
def test_a_canary_of_a_tenth_raises_no_alarm_of_clients_errors(name: str):
    assert seconds_until_alarm(ALARMS[name], bad(name, 0.1, FAILURE)) is None


@pytest.mark.parametrize("name", ALARMS)
@pytest.mark.parametrize("boot_minutes", [1, 3, 15])
def test_a_good_release_raises_no_alarm_however_long_its_instances_boot(name: str, boot_minutes: int):
    booting = range(20, 20 + boot_minutes)
    stream: Stream = {
        **GOOD,
        # A target is unhealthy while it boots, if its instance is in service before its service listens.
        "UnHealthyHostCount": lambda minute: 2 if minute in booting else 0,
        "HealthyHostCount": lambda minute: 4 if minute == 20 + boot_minutes else 2,
    }
    for delay in (0, 60, METRIC_DELAY):
        assert seconds_until_alarm(ALARMS[name], stream, delay=delay) is None


@pytest.mark.parametrize("name", ALARMS)
def test_an_attack_that_is_blocked_or_throttled_raises_no_alarm(name: str):
    # A hundred requests of an attacker for each of a client: the web ACL answers 403, the API 429.
    stream: Stream = {
        **GOOD,
        "4XXError": lambda _: 0.99,
        "Count": lambda _: 100 * RATE,
        "HTTPCode_ELB_4XX_Count": lambda _: 100 * RATE,
        "BlockedRequests": lambda _: 99 * RATE,
    }
    assert seconds_until_alarm(ALARMS[name], stream) is None


# Desired capacity rises at once; the new instances boot in their grace period of 180 s.
@pytest.mark.parametrize("late", [0, 60, METRIC_DELAY])
def test_a_scale_out_raises_no_alarm(late: int):
    stream: Stream = {
        **GOOD,
        "GroupDesiredCapacity": lambda minute: 8 if minute >= 20 else 2,
        "HealthyHostCount": lambda minute: 8 if minute >= 24 else 2,
    }
    assert seconds_until_alarm(ALARMS["fleet-unhealthy"], stream, delay={"HealthyHostCount": late}) is None


# 260 s of absence touch at most 6 minutes: the last second of one and 259 s after it.
@pytest.mark.parametrize(("minutes", "is_raised"), [(6, False), (7, True)])
def test_an_instance_that_is_replaced_in_time_raises_no_alarm(minutes: int, *, is_raised: bool):
    stream: Stream = {**GOOD, "HealthyHostCount": lambda minute: 1 if 20 <= minute < 20 + minutes else 2}
    assert (seconds_until_alarm(ALARMS["fleet-unhealthy"], stream) is not None) is is_raised


@pytest.mark.parametrize("name", ALARMS)
def test_a_stack_without_requests_raises_no_alarm(name: str):
    stream: Stream = {
        "HealthyHostCount": GOOD["HealthyHostCount"],
        "GroupDesiredCapacity": GOOD["GroupDesiredCapacity"],
    }
    assert seconds_until_alarm(ALARMS[name], stream) is None
