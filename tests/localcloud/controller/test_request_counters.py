"""Requests counted over load balancers that are replaced, freeze and come back."""

from __future__ import annotations

import pytest

from localcloud.controller.request_counters import RequestCounters
from localcloud.controller.scaling.metrics import PERIOD, InstanceCounters, MetricWindow


def totals(*readings: tuple[str, dict[str, int]]) -> dict[str, int]:
    counters = RequestCounters()
    for source, counted in readings:
        counters.add(source, counted)
    return {target: counters.total(target) for target in ("i-1", "i-2")}


def test_the_requests_of_both_zones_add_up():
    assert totals(
        ("a", {"i-1": 0, "i-2": 0}), ("b", {"i-1": 0}), ("a", {"i-1": 5, "i-2": 7}), ("b", {"i-1": 30})
    ) == {"i-1": 35, "i-2": 7}


def test_requests_before_the_first_sight_do_not_count():
    assert totals(("a", {"i-1": 9_000}), ("a", {"i-1": 9_010})) == {"i-1": 10, "i-2": 0}


def test_a_target_that_is_new_to_a_known_load_balancer_counts_from_zero():
    assert totals(("a", {"i-1": 5}), ("a", {"i-1": 5, "i-2": 8})) == {"i-1": 0, "i-2": 8}


def test_a_replaced_load_balancer_takes_nothing_away_and_adds_what_it_has_counted():
    # 100 by the first one, 20 by the second.
    assert totals(("a", {"i-1": 0}), ("a", {"i-1": 100}), ("a", {"i-1": 20})) == {"i-1": 120, "i-2": 0}


def test_a_replaced_load_balancer_that_has_no_targets_yet_adds_nothing_twice():
    assert totals(("a", {"i-1": 0}), ("a", {"i-1": 100}), ("a", {}), ("a", {"i-1": 3})) == {
        "i-1": 103,
        "i-2": 0,
    }


def test_a_frozen_load_balancer_adds_what_it_has_counted_once_it_answers():
    # The other one is read five times meanwhile.
    frozen = [("b", {"i-1": 10 * turn}) for turn in range(1, 6)]
    assert totals(("a", {"i-1": 0}), ("b", {"i-1": 0}), *frozen, ("a", {"i-1": 7})) == {"i-1": 57, "i-2": 0}


def test_load_balancers_that_are_killed_every_25_seconds_do_not_empty_the_metric():
    """600 requests per minute and target are measured as 600, though no process counts longer than 25 s."""
    counters, window = RequestCounters(), MetricWindow()
    for second in range(120):
        # Each of the two is replaced every 25 s, at different times.
        for source, phase in (("a", 0), ("b", 12)):
            since = (second + phase) % 25
            counters.add(source, {"i-1": 5 * since, "i-2": 5 * since})
        window.add(second, {name: InstanceCounters(counters.total(name), 0) for name in ("i-1", "i-2")})
    values = [datapoint.value("ALBRequestCountPerTarget") for datapoint in window.datapoints]
    measured = sum(values) / len(values)
    # 2 load balancers * 5 requests/s * 60 s = 600; a reading each second loses one in 25 at most.
    assert 600 * 24 / 25 - 1 <= measured <= 600


def test_an_instance_that_is_missing_in_a_reading_does_not_count_from_its_start_again():
    window = MetricWindow()
    idle = {"i-2": InstanceCounters(0, 0)}
    window.add(0, {"i-1": InstanceCounters(1_000, 100), **idle})
    window.add(PERIOD / 2, idle)
    window.add(PERIOD, {"i-1": InstanceCounters(1_060, 103), **idle})
    # 60 requests and 3 s of CPU time in a period, by 1.5 instances on average.
    (datapoint,) = window.datapoints
    assert datapoint.value("ALBRequestCountPerTarget") == pytest.approx(60 / 1.5 * 60 / PERIOD)
    assert datapoint.value("ASGAverageCPUUtilization") == pytest.approx(100 * 3 / 1.5 / PERIOD)
