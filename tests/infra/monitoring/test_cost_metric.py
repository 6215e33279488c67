from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.monitoring.cost_metric import fleet_formula, fleet_label, function_formula, function_label
from infra.reference_data.csv_rows import ReferenceDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

FLEET = {"instances": 3, "lcus": 2, "requests": 6_000}
FUNCTION = {"invocations": 600, "milliseconds": 1_200, "requests": 600}


def dollars(formula: str, values: Mapping[str, float | None]) -> float:
    """Reckon a minute as CloudWatch does; None is a measure without a data point in it."""

    def fill(measure: float | None, otherwise: float) -> float:
        return otherwise if measure is None else measure

    words = {**values, "FILL": fill, "REPEAT": 3}  # as many as the minute before
    return float(eval(formula, {"__builtins__": {}}, words))  # noqa: S307 - the formula is our own


def test_an_hour_of_a_fleet_is_its_instances_its_balancer_and_what_the_firewall_reads():
    assert dollars(fleet_formula("us-east-1", "t4g.small"), FLEET) == pytest.approx(
        3 * 0.0168 + 0.0225 + 2 * 0.008 + 6_000 * 60 * 0.6 / 1e6
    )


def test_an_hour_of_a_function_is_its_time_its_invocations_and_the_api_s_requests():
    assert dollars(function_formula("us-east-1", "arm64", 1_024), FUNCTION) == pytest.approx(
        60 * 1.2 * 0.0000133334 + 60 * 600 * 0.2 / 1e6 + 60 * 600 * (3.5 + 0.6) / 1e6
    )


def test_where_nobody_asks_it_is_what_runs_that_costs():
    idle = dict.fromkeys(FLEET)
    assert dollars(fleet_formula("us-east-1", "t4g.small"), idle) == pytest.approx(3 * 0.0168 + 0.0225)
    assert dollars(function_formula("us-east-1", "arm64", 1_024), dict.fromkeys(FUNCTION)) == 0


def test_another_region_has_its_own_prices_where_they_are_known():
    here = dollars(fleet_formula("sa-east-1", "t4g.small"), FLEET)
    assert here > dollars(fleet_formula("us-east-1", "t4g.small"), FLEET)


@pytest.mark.parametrize("region", ["ap-south-2", "nowhere"])
def test_where_no_price_is_known_the_first_region_s_stand_in(region: str):
    assert fleet_formula(region, "t4g.small") == fleet_formula("us-east-1", "t4g.small")


def test_the_label_says_whose_prices_they_are():
    assert fleet_label("us-east-1", "t4g.small") == "USD per hour in us-east-1"
    assert function_label("us-east-1", "arm64") == "USD per hour in us-east-1"
    # The reference data has no price of WAF in São Paulo, and no price at all in Hyderabad.
    for region in ("sa-east-1", "ap-south-2"):
        label = f"USD per hour in {region}, partly at the prices of us-east-1"
        assert (fleet_label(region, "t4g.small"), function_label(region, "arm64")) == (label, label)


def test_what_has_no_price_anywhere_is_not_taken_for_free():
    with pytest.raises(ReferenceDataError, match=r"no price of t4g\.smal in us-east-1"):
        fleet_formula("us-east-1", "t4g.smal")
    with pytest.raises(ReferenceDataError, match=r"no price of lambda\.gb_second\.arm "):
        function_formula("us-east-1", "arm", 128)


def test_cloudwatch_reads_no_exponents():
    for formula in (fleet_formula("us-east-1", "t4g.nano"), function_formula("us-east-1", "arm64", 128)):
        assert "e-" not in formula
