"""Reserved instances and Savings Plans: what is due at once, each month and over the term."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.bill.savings_plan import plan_cost
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.comparison.commitment_costs import commitment_costs, missing_commitment
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.commitments import COMMITMENTS, TERMS
from scripts.cost.prices.snapshot import project_snapshot

if TYPE_CHECKING:
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.prices.commitments import Commitment

PRICES = project_snapshot().region("us-east-1")
DEMAND = Demand(rates=weekly_demand.constant(100))
CAPACITY = read_capacity().at(5_000)
XLARGE = FleetShape(instance_type="c7i.xlarge")


def fleet_under(commitment: Commitment) -> Bill:
    shape = replace(XLARGE, purchase=PurchaseOptions(commitment=commitment))
    return fleet_bill(shape, DEMAND, CAPACITY, PRICES, Assumptions())


def test_two_reserved_machines_cost_what_the_price_list_says_for_each_payment():
    on_demand = fleet_under("none").usd
    found = {
        it.commitment: it
        for it in commitment_costs(
            "fleet", fleet_under, lambda it: not missing_commitment(XLARGE, None, PRICES, it)
        )
    }
    # c7i.xlarge in us-east-1: 0.1785 USD per hour on demand, 0.11808 for a year without upfront payment.
    monthly = found["1y-no-upfront"]
    assert monthly.bill
    assert monthly.monthly_usd
    assert monthly.bill.committed == 2
    assert monthly.bill.upfront_usd == 0
    assert monthly.saved
    assert monthly.saved == 2 * 730 * (Decimal("0.1785") - Decimal("0.11808"))
    assert monthly.monthly_usd == on_demand - monthly.saved
    assert monthly.term_usd == 12 * monthly.monthly_usd
    # For three years, all upfront: 1,798 USD for a machine at once, 0.0684 USD per hour.
    three = found["3y"]
    assert three.bill
    assert three.bill.upfront_usd.quantize(Decimal("0.01")) == Decimal("3596.00")
    rest = on_demand - 2 * 730 * Decimal("0.1785")
    assert three.monthly_usd == pytest.approx(rest, abs=Decimal("1e-9"))
    assert three.term_usd == pytest.approx(three.bill.upfront_usd + 36 * rest, abs=Decimal("1e-9"))
    assert found["none"].term_usd is None
    assert found["none"].monthly_usd == on_demand
    assert found["none"].hourly_usd == on_demand / 730
    # The snapshot has no price of a partial payment.
    assert (found["1y-partial-upfront"].bill, found["1y-partial-upfront"].saved) == (None, None)


@pytest.mark.parametrize("commitment", [it for it in COMMITMENTS if it != "none"])
def test_a_machine_without_a_price_under_a_commitment_counts_as_on_demand(commitment: Commitment):
    shape = FleetShape(instance_type="c8i.large")
    assert missing_commitment(shape, None, PRICES, commitment) == ["c8i.large"]
    reserved = replace(shape, purchase=PurchaseOptions(commitment=commitment))
    billed, plain = (fleet_bill(it, DEMAND, CAPACITY, PRICES, Assumptions()) for it in (reserved, shape))
    assert (billed.usd, billed.upfront_usd, billed.committed) == (plain.usd, 0, 0)


@given(
    st.lists(st.integers(0, 10_000), min_size=168, max_size=168),
    st.sampled_from(["1y", "1y-no-upfront", "3y-no-upfront"]),
)
def test_no_other_hourly_amount_of_a_plan_costs_less(hours: list[int], commitment: Commitment):
    usage = [Decimal(it) for it in hours]
    found = plan_cost(PRICES, commitment, "x86_64", usage, free_gb_seconds=0)
    on_demand = Decimal("0.0000166667")
    rate = Decimal("0.0000138") if commitment == "1y" else Decimal("0.0000147")

    def weekly_usd(each_hour: Decimal) -> Decimal:
        return sum(
            (rate * each_hour + on_demand * max(Decimal(0), it - each_hour) for it in usage), Decimal(0)
        )

    each_hour = found.committed_gb_seconds / 730
    assert weekly_usd(each_hour) == pytest.approx(
        min(weekly_usd(Decimal(it)) for it in {0, *hours}), abs=Decimal("1e-12")
    )
    assert found.covered_gb_seconds <= found.committed_gb_seconds
    upfront = rate * each_hour * 8_760 if commitment == "1y" else 0
    assert found.upfront_usd == pytest.approx(upfront, abs=Decimal("1e-12"))


def test_a_steady_function_pays_twelve_percent_less_for_its_duration():
    shape = FunctionShape(architecture="x86_64", api="http")
    plain = function_bill(shape, DEMAND, CAPACITY, PRICES, Assumptions())
    planned = function_bill(
        replace(shape, commitment="1y-no-upfront"), DEMAND, CAPACITY, PRICES, Assumptions()
    )
    saved = 1 - planned.item_usd("Savings Plan") / plain.item_usd("function duration")
    assert saved == pytest.approx(1 - Decimal("0.0000147") / Decimal("0.0000166667"), abs=Decimal("1e-9"))
    assert planned.item_usd("function duration") < Decimal("1e-6")
    others = {it.item for it in plain.lines} - {"function duration"}
    assert all(planned.item_usd(it) == plain.item_usd(it) for it in others)


def test_what_has_no_price_under_a_commitment_is_named():
    spot, function = replace(XLARGE, alternatives=("c8i.large",)), FunctionShape()
    new = FleetShape(instance_type="c8i.large")
    # Only the first type of a fleet runs on demand, and beside a fleet the function has no traffic.
    cases: list[tuple[FleetShape | None, FunctionShape | None, Commitment, list[str]]] = [
        (spot, None, "1y", []),
        (new, None, "1y", ["c8i.large"]),
        (new, function, "1y", ["c8i.large"]),
        (XLARGE, function, "1y", []),
        (None, function, "1y", ["function duration"]),
        (None, function, "1y-no-upfront", []),
        (new, function, "none", []),
    ]
    for fleet, beside, commitment, missing in cases:
        assert missing_commitment(fleet, beside, PRICES, commitment) == missing


def test_a_plan_of_another_region_is_no_plan_of_this_one():
    here = project_snapshot().region("eu-west-1")
    function = FunctionShape()
    assert missing_commitment(None, function, here, "1y-no-upfront") == ["function duration"]
    bills = {
        function_bill(replace(function, commitment=it), DEMAND, CAPACITY, here, Assumptions()).usd
        for it in TERMS
    }
    assert bills == {function_bill(function, DEMAND, CAPACITY, here, Assumptions()).usd}
