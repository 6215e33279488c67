from __future__ import annotations

import pytest

from infra.local.metrics import Meter, Totals


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
