"""Datapoints of the metrics that target tracking follows."""

from __future__ import annotations

import pytest

from localcloud.controller.scaling.metrics import KEPT, PERIOD, InstanceCounters, MetricWindow


def window_of(*readings: tuple[float, dict[str, InstanceCounters]]) -> MetricWindow:
    """Return a window of readings, at times in periods."""
    window = MetricWindow()
    for time, counters in readings:
        window.add(time * PERIOD, counters)
    return window


def both(requests: int, cpu_seconds: float = 0) -> dict[str, InstanceCounters]:
    return {name: InstanceCounters(requests, cpu_seconds) for name in ("i-1", "i-2")}


def test_a_period_of_the_local_cloud_stands_for_a_minute_of_aws():
    assert PERIOD == 10
    assert KEPT == 15


def test_there_is_no_datapoint_before_a_whole_period():
    assert not window_of((0, both(0)), (0.5, both(500))).datapoints


def test_requests_are_counted_per_minute_and_instance():
    # 100 requests each in ten seconds are 600 in a minute.
    window = window_of((0, both(1_000)), (0.5, both(1_020)), (1, both(1_100)))
    (datapoint,) = window.datapoints
    assert datapoint.requests == 200
    assert datapoint.value("ALBRequestCountPerTarget") == pytest.approx(600)
    assert datapoint.load("ALBRequestCountPerTarget") == pytest.approx(1_200)


def test_cpu_time_becomes_a_percentage_of_one_core_per_instance():
    counters = {"i-1": InstanceCounters(0, 3 + PERIOD / 2), "i-2": InstanceCounters(0, 3)}
    (datapoint,) = window_of((0, both(0, 3)), (1, counters)).datapoints
    assert datapoint.value("ASGAverageCPUUtilization") == pytest.approx(25)


def test_the_boot_of_an_instance_that_warms_up_is_no_cpu_load():
    window = MetricWindow()
    window.add(0, both(0))
    window.add(PERIOD, {**both(0), "i-3": InstanceCounters(5, 2)}, warming={"i-3"})
    assert window.datapoints[-1].cpu_seconds == 0
    assert window.datapoints[-1].requests == 5
    window.add(2 * PERIOD, {**both(0), "i-3": InstanceCounters(5, 3)})
    assert window.datapoints[-1].cpu_seconds == 1


def test_a_period_has_only_its_own_requests_and_cpu_time():
    window = window_of((0, both(0, 0)), (1, both(100, 2)), (1.5, both(110, 2)), (2, both(120, 3)))
    assert [(each.requests, each.cpu_seconds) for each in window.datapoints] == [(200, 4), (40, 2)]
    assert [each.instances for each in window.datapoints] == [2, 2]


def test_what_was_counted_before_the_controller_started_is_no_load():
    window = window_of((0, both(10**6)), (1, both(10**6 + 1)))
    assert window.datapoints[0].requests == 2


def test_replacements_empty_neither_the_datapoints_nor_the_period():
    one = {"i-1": InstanceCounters(0, 0), "i-2": InstanceCounters(0, 0)}
    two = {"i-1": InstanceCounters(60, 0)}
    three = {"i-1": InstanceCounters(100, 0), "i-3": InstanceCounters(40, 0)}
    (datapoint,) = window_of((0, one), (0.5, two), (1, three)).datapoints
    assert datapoint.requests == 140
    assert datapoint.instances == pytest.approx(1.5)


def test_counters_that_begin_anew_with_a_load_balancer_are_no_negative_load():
    window = window_of((0, both(500)), (0.5, both(600)), (1, both(30)))
    assert window.datapoints[0].requests == 260


def test_a_moment_without_counters_loses_no_request():
    window = window_of((0, both(500)), (0.4, {}), (1, both(600)))
    assert window.datapoints[0].requests == 200


def test_a_period_without_instances_has_no_datapoint():
    assert not window_of((0, {}), (1, {}), (2, {})).datapoints


def test_as_many_datapoints_are_kept_as_scale_in_needs():
    window = window_of(*((float(number), both(number)) for number in range(40)))
    assert len(window.datapoints) == 15
