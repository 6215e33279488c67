from __future__ import annotations

import pytest

from localcloud.controller.metrics import Meter, Totals


def metered(*readings: tuple[float, dict[str, Totals]]) -> Meter:
    meter = Meter()
    for time, totals in readings:
        meter.read(time, totals)
    return meter


def test_nothing_is_claimed_before_a_period_is_known():
    meter = metered((0, {"i-1": Totals(0, 0)}), (10, {"i-1": Totals(500, 5)}))
    assert meter.value("ALBRequestCountPerTarget") is None


def test_requests_are_counted_per_minute_and_instance():
    meter = metered(
        (0, {"i-1": Totals(1000, 0), "i-2": Totals(0, 0)}),
        (60, {"i-1": Totals(1600, 0), "i-2": Totals(600, 0)}),
    )
    assert meter.value("ALBRequestCountPerTarget") == pytest.approx(600)


def test_cpu_time_becomes_a_share_of_one_core_an_instance():
    meter = metered(
        (0, {"i-1": Totals(0, 3), "i-2": Totals(0, 3)}), (60, {"i-1": Totals(0, 33), "i-2": Totals(0, 3)})
    )
    assert meter.value("ASGAverageCPUUtilization") == pytest.approx(25)


def test_a_replaced_instance_starts_at_nothing():
    meter = metered((0, {"i-1": Totals(9000, 0)}), (60, {"i-2": Totals(60, 0)}))
    assert meter.value("ALBRequestCountPerTarget") == pytest.approx(60)


def test_what_is_older_than_a_period_is_forgotten():
    readings = [(float(second), {"i-1": Totals(10_000 if second else 0, 0)}) for second in range(0, 200, 10)]
    assert metered(*readings).value("ALBRequestCountPerTarget") == 0


def test_a_period_may_have_begun_at_any_time():
    meter = metered((1_000, {"i-1": Totals(0, 0)}), (1_060, {"i-1": Totals(600, 30)}))
    assert meter.value("ALBRequestCountPerTarget") == pytest.approx(600)
    assert meter.value("ASGAverageCPUUtilization") == pytest.approx(50)


def test_four_fifths_of_a_period_are_enough():
    assert metered((0, {"i-1": Totals(0, 0)}), (48, {"i-1": Totals(8, 0)})).value(
        "ALBRequestCountPerTarget"
    ) == pytest.approx(10)
    assert (
        metered((0, {"i-1": Totals(0, 0)}), (47.9, {"i-1": Totals(8, 0)})).value("ALBRequestCountPerTarget")
        is None
    )


def test_instances_count_for_as_long_as_they_were_there():
    meter = metered(
        (0, {"i-1": Totals(0, 0)}),
        (20, {"i-1": Totals(100, 0)}),
        (40, {"i-1": Totals(200, 0), "i-2": Totals(100, 0)}),
        (60, {"i-1": Totals(300, 0), "i-2": Totals(200, 0), "i-3": Totals(100, 0)}),
    )
    assert meter.value("ALBRequestCountPerTarget") == pytest.approx(600 / 2)


def test_the_cpu_time_of_a_new_instance_counts_from_its_start():
    meter = metered((0, {"i-1": Totals(0, 0)}), (60, {"i-2": Totals(0, 30)}))
    assert meter.value("ASGAverageCPUUtilization") == pytest.approx(50)


def test_without_instances_there_is_no_average():
    assert metered((0, {}), (60, {})).value("ALBRequestCountPerTarget") is None
