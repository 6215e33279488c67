from __future__ import annotations

import pytest

from localcloud.controller.metrics import InstanceCounters, MetricWindow


def window_of(*readings: tuple[float, dict[str, InstanceCounters]]) -> MetricWindow:
    window = MetricWindow()
    for time, counters in readings:
        window.add(time, counters)
    return window


def test_there_is_no_value_before_a_whole_period():
    window = window_of((0, {"i-1": InstanceCounters(0, 0)}), (10, {"i-1": InstanceCounters(500, 5)}))
    assert window.value("ALBRequestCountPerTarget") is None


def test_requests_are_counted_per_minute_and_instance():
    window = window_of(
        (0, {"i-1": InstanceCounters(1000, 0), "i-2": InstanceCounters(0, 0)}),
        (60, {"i-1": InstanceCounters(1600, 0), "i-2": InstanceCounters(600, 0)}),
    )
    assert window.value("ALBRequestCountPerTarget") == pytest.approx(600)


def test_cpu_time_becomes_a_percentage_of_one_core_per_instance():
    window = window_of(
        (0, {"i-1": InstanceCounters(0, 3), "i-2": InstanceCounters(0, 3)}),
        (60, {"i-1": InstanceCounters(0, 33), "i-2": InstanceCounters(0, 3)}),
    )
    assert window.value("ASGAverageCPUUtilization") == pytest.approx(25)


def test_the_counters_of_a_new_instance_start_at_zero():
    window = window_of((0, {"i-1": InstanceCounters(9000, 0)}), (60, {"i-2": InstanceCounters(60, 0)}))
    assert window.value("ALBRequestCountPerTarget") == pytest.approx(60)


def test_samples_older_than_a_period_are_dropped():
    readings = [
        (float(second), {"i-1": InstanceCounters(10_000 if second else 0, 0)}) for second in range(0, 200, 10)
    ]
    assert window_of(*readings).value("ALBRequestCountPerTarget") == 0


def test_a_period_can_start_at_any_time():
    window = window_of((1_000, {"i-1": InstanceCounters(0, 0)}), (1_060, {"i-1": InstanceCounters(600, 30)}))
    assert window.value("ALBRequestCountPerTarget") == pytest.approx(600)
    assert window.value("ASGAverageCPUUtilization") == pytest.approx(50)


def test_four_fifths_of_a_period_are_sufficient():
    assert window_of((0, {"i-1": InstanceCounters(0, 0)}), (48, {"i-1": InstanceCounters(8, 0)})).value(
        "ALBRequestCountPerTarget"
    ) == pytest.approx(10)
    assert (
        window_of((0, {"i-1": InstanceCounters(0, 0)}), (47.9, {"i-1": InstanceCounters(8, 0)})).value(
            "ALBRequestCountPerTarget"
        )
        is None
    )


def test_instances_count_for_as_long_as_they_existed():
    window = window_of(
        (0, {"i-1": InstanceCounters(0, 0)}),
        (20, {"i-1": InstanceCounters(100, 0)}),
        (40, {"i-1": InstanceCounters(200, 0), "i-2": InstanceCounters(100, 0)}),
        (
            60,
            {
                "i-1": InstanceCounters(300, 0),
                "i-2": InstanceCounters(200, 0),
                "i-3": InstanceCounters(100, 0),
            },
        ),
    )
    assert window.value("ALBRequestCountPerTarget") == pytest.approx(600 / 2)


def test_the_cpu_time_of_a_new_instance_counts_from_its_start():
    window = window_of((0, {"i-1": InstanceCounters(0, 0)}), (60, {"i-2": InstanceCounters(0, 30)}))
    assert window.value("ASGAverageCPUUtilization") == pytest.approx(50)


def test_without_instances_there_is_no_average():
    assert window_of((0, {}), (60, {})).value("ALBRequestCountPerTarget") is None
