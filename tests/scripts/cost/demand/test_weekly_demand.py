from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand, DemandError


def test_a_constant_rate_makes_a_month_of_730_hours():
    week = Demand(rates=weekly_demand.constant(10))
    assert week.requests_per_month == 10 * 3_600 * 730
    assert week.peak == week.mean == 10


@given(st.floats(0.001, 1e6), st.floats(1, 20))
def test_a_peak_factor_is_met_and_keeps_the_mean(mean: float, factor: float):
    week = Demand(rates=weekly_demand.diurnal_with_peak(mean, factor))
    assert week.mean == pytest.approx(mean)
    assert week.peak == pytest.approx(mean * factor)


def test_the_built_in_curve_has_days_nights_and_weekends():
    rates = weekly_demand.diurnal(100)
    assert max(rates) == rates[20]
    assert min(rates[:24]) == rates[4]
    assert rates[5 * 24 + 20] == pytest.approx(0.8 * rates[20])
    assert max(rates) == pytest.approx(156.547)
    assert sum(rates) / 168 == pytest.approx(100)


@pytest.mark.parametrize("factor", [0.9, 500])
def test_an_impossible_peak_factor_is_rejected(factor: float):
    with pytest.raises(DemandError, match="between 1 and 33"):
        weekly_demand.diurnal_with_peak(1, factor)


def test_growth_compounds():
    week = Demand(rates=weekly_demand.constant(100))
    assert week.after_growth(10, 12).mean == pytest.approx(100 * 1.1**12)


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_rejected(rate: float):
    with pytest.raises(DemandError, match="zero or more"):
        Demand(rates=(rate,) * 168)


def test_a_weekend_lasts_from_saturday_to_sunday_midnight():
    rates = weekly_demand.diurnal(100)
    shares = [weekend / weekday for weekend, weekday in zip(rates[120:], [*rates[:24]] * 2, strict=True)]
    assert shares == pytest.approx([0.8] * 48)
    assert rates[96:120] == pytest.approx(rates[:24])


def test_a_rate_may_be_zero_but_not_below():
    assert Demand(rates=(0.0,) * 167 + (1.0,)).peak == 1
    for rate in (-0.1, float("nan"), float("inf")):
        with pytest.raises(DemandError, match=r"^Requests per second are zero or more in every hour\.$"):
            Demand(rates=(0.0,) * 167 + (rate,))
    with pytest.raises(DemandError, match=r"^A week has 168 hours, not 167\.$"):
        Demand(rates=(1.0,) * 167)


# Ten thousand million: a request per second for every person.
def test_a_demand_above_every_service_of_the_world_is_rejected():
    assert Demand(rates=weekly_demand.constant(10**10)).peak == 10**10
    with pytest.raises(DemandError, match=r"^The demand exceeds 10,000,000,000 requests per second: "):
        Demand(rates=(0.0,) * 167 + (10**10 * (1 + 1e-9),))


def test_growth_beyond_that_names_the_month():
    week = Demand(rates=weekly_demand.constant(10**9), request_bytes=9)
    assert week.after_growth(100, 3).peak == 8 * 10**9
    assert week.after_growth(100, 3).request_bytes == 9
    with pytest.raises(DemandError, match=r"^After 4 months of 100 % growth: the demand exceeds"):
        week.after_growth(100, 4)


def test_a_maximum_cuts_off_the_hours_above_it():
    week = Demand(rates=(1.0, 5.0) * 84, response_bytes=9)
    assert week.at_most(3).rates == (1.0, 3.0) * 84
    assert week.at_most(3).response_bytes == 9
    assert week.at_most(None) == week.at_most(5) == week
    assert (week.mean, week.peak, week.requests_per_month) == (3, 5, 3 * 730 * 3_600)
