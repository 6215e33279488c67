"""Numbers as the console shows them."""

from __future__ import annotations

import pytest

from scripts.local.watch.view import numbers


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "\N{EN DASH}"),
        (0.000_09, "<0.1 ms"),
        (0.000_1, "0.1 ms"),
        (0.009_9, "9.9 ms"),
        (0.01, "10 ms"),
        (1.234_4, "1,234 ms"),
    ],
)
def test_a_duration_has_two_digits_and_is_never_zero(seconds: float | None, shown: str):
    assert numbers.milliseconds(seconds) == shown


@pytest.mark.parametrize(
    ("per_hour", "shown"), [(None, "\N{EN DASH}"), (0.0336, "$0.0336"), (0.9999, "$0.9999"), (1.0, "$1.00")]
)
def test_a_fleet_that_costs_less_than_a_dollar_has_its_cost_in_hundredths_of_a_cent(
    per_hour: float | None, shown: str
):
    assert numbers.dollars(per_hour) == shown


@pytest.mark.parametrize(
    ("per_second", "shown"), [(0.0, "0"), (0.4, "0.4"), (9.9, "9.9"), (10.0, "10"), (1_234.0, "1,234")]
)
def test_a_rate_has_one_decimal_place_below_ten(per_second: float, shown: str):
    assert numbers.rate(per_second) == shown
