"""The traffic at which fleet and function cost the same, with bills that are simple functions of it."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from scripts.cost.comparison.break_even import (
    ADVICE_RATES,
    RATES,
    TOLERANCE,
    find_break_even,
    find_other_advice,
)

if TYPE_CHECKING:
    from scripts.cost.comparison.break_even import CostFunction


def test_the_rates_are_evenly_spread_over_the_orders_of_magnitude():
    for rates, last in ((RATES, 10_000), (ADVICE_RATES, 10**7)):
        assert (rates[0], rates[-1]) == (0.01, last)
        steps = {round(later / former, 9) for former, later in pairwise(rates)}
        assert len(rates) == 37
        assert len(steps) == 1


def stepped(*limits: float) -> CostFunction:
    """Return a bill of one USD, of two from the first limit on, of one again from the second on, etc."""
    return lambda rate: Decimal(1 + sum(rate >= limit for limit in limits) % 2)


def flat(usd: str) -> CostFunction:
    return lambda _: Decimal(usd)


def test_of_several_crossings_the_highest_counts():
    # The fleet is cheaper below 1, more expensive up to 50, and cheaper again.
    found = find_break_even(stepped(1, 50), flat("1.5"))
    assert found
    assert 50 <= found.rate <= 50 * (1 + 2 * TOLERANCE)
    assert found.usd == 1
    assert find_break_even(stepped(1), flat("1.5")) is None


def test_where_both_cost_the_same_the_fleet_is_not_cheaper_yet():
    assert find_break_even(flat("1"), flat("1")) is None


@pytest.mark.parametrize("mean", [0, 0.02, 90, 110, 10**7])
def test_the_advice_changes_at_the_only_crossing(mean: float):
    found = find_other_advice(flat("100"), Decimal, mean, fleet_wins=mean >= 100)
    assert found
    assert found.crossing == pytest.approx(100, rel=2 * TOLERANCE)
    # The nearest of the compared rates at which the other one is cheaper.
    at = max(mean, 0.01)
    others = [rate for rate in ADVICE_RATES if (rate >= 100) != (mean >= 100)]
    assert found.example == (max(others) if at >= 100 else min(others))


def test_with_several_crossings_the_advice_is_an_example_only():
    found = find_other_advice(stepped(1, 50), flat("1.5"), 1_000, fleet_wins=True)
    assert found
    assert found.crossing is None
    assert 1 <= found.example < 50
    assert found.example == max(rate for rate in ADVICE_RATES if rate < 50)


def test_without_a_rate_at_which_the_other_one_is_cheaper_there_is_no_other_advice():
    assert find_other_advice(flat("1"), flat("2"), 5, fleet_wins=True) is None
    assert find_other_advice(flat("2"), flat("1"), 5, fleet_wins=False) is None
    # At the same cost the fleet is advised.
    assert find_other_advice(flat("1"), flat("1"), 5, fleet_wins=True) is None


def test_a_function_that_is_cheaper_at_the_highest_rate_has_no_crossing_but_an_example():
    found = find_other_advice(stepped(1), flat("1.5"), 0.5, fleet_wins=True)
    assert found
    assert found.crossing is None
    assert found.example == min(rate for rate in ADVICE_RATES if rate >= 1)
