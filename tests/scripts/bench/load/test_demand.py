from __future__ import annotations

import pytest

from scripts.bench.load.demand import curve, ramp, rate_at, send_times, steady, steps, total_seconds
from scripts.cost.demand.weekly_demand import DAY


def test_a_constant_rate_sends_at_equal_distances():
    assert list(send_times(steady(4, 1))) == [0, 0.25, 0.5, 0.75]


def test_the_kth_request_of_a_ramp_from_zero_is_due_when_its_integral_is_k():
    # The rate is 5 t, its integral 2.5 t², and so k is due after the root of k / 2.5.
    moments = list(send_times(ramp(0, 10, 2)))
    assert moments == pytest.approx([(k / 2.5) ** 0.5 for k in range(10)])


def test_a_falling_ramp_sends_the_same_number():
    moments = list(send_times(ramp(10, 0, 2)))
    assert len(moments) == 10
    # By symmetry, the last request is due where the first but one of the rising ramp is, from the end.
    assert 2 - moments[9] == pytest.approx((1 / 2.5) ** 0.5)


def test_steps_share_the_time_and_follow_one_another():
    phases = steps([10, 30], 2)
    moments = list(send_times(phases))
    assert sum(moment < 1 for moment in moments) == 10
    assert sum(moment >= 1 for moment in moments) == 30
    assert [rate_at(phases, second) for second in (0.5, 1.5, 2.5)] == [10, 30, 0]


def test_a_step_without_requests_is_a_pause():
    moments = list(send_times(steps([2, 0, 2], 3)))
    assert moments == [0, 0.5, 2, 2.5]


def test_a_day_is_compressed_and_ends_at_its_first_hour():
    phases = curve(DAY, 48)
    assert total_seconds(phases) == pytest.approx(48)
    assert (rate_at(phases, 0), rate_at(phases, 40)) == (pytest.approx(0.42), pytest.approx(1.0))
    assert phases[-1].last == DAY[0]
    # The trapezoids of a closed curve have the area of its hours.
    assert len(list(send_times(curve([100 * each for each in DAY], 48)))) == pytest.approx(
        200 * sum(DAY), abs=1
    )


def test_random_moments_are_a_poisson_process_and_the_same_in_each_run():
    moments = list(send_times(steady(100, 50), seed=1))
    assert moments == list(send_times(steady(100, 50), seed=1))
    assert moments != list(send_times(steady(100, 50), seed=2))
    assert moments == sorted(moments)
    assert 0 < moments[0] < moments[-1] < 50
    assert len(moments) == pytest.approx(5_000, abs=4 * 5_000**0.5)  # Poisson: the variance is the mean
