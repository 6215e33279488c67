"""Products of the price list: the terms and tiers that are read, and those that are left out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from scripts.cost.prices.price_list import Installments, PriceListError, listed
from scripts.cost.prices.snapshot_writer import plain_number
from tests.scripts.cost.price_list_answers import product, reserve, reserve_in_installments

if TYPE_CHECKING:
    from collections.abc import Mapping


def machine() -> dict[str, Any]:
    return product("AmazonEC2", {"instanceType": "c7g.large"}, [("0", "Inf", "0.07")])


def test_tiers_are_in_the_order_of_their_numbers_and_not_of_their_texts():
    item = product("AWSX", {}, [("10000", "Inf", "1"), ("9", "10000", "2"), ("0", "9", "3")])
    assert listed("x", item).tiers == (
        (Decimal(0), Decimal(9), Decimal(3)),
        (Decimal(9), Decimal(10_000), Decimal(2)),
        (Decimal(10_000), None, Decimal(1)),
    )


@pytest.mark.parametrize(
    ("hourly", "reserved"),
    [
        ({"1yr": "0.05", "3yr": "0.03"}, ("0.05", "0.03")),
        ({"3yr": "0.03", "1yr": "0.05"}, ("0.05", "0.03")),
        ({"1yr": "0.05"}, ()),
        ({"3yr": "0.03"}, ()),
        ({}, ()),
    ],
)
def test_a_machine_is_reserved_all_upfront_if_both_terms_are_listed(
    hourly: Mapping[str, str], reserved: tuple[str, ...]
):
    item = machine()
    # The helper adds a convertible reservation of 9,999 USD as well.
    reserve(item, {length: Decimal(usd) for length, usd in hourly.items()})
    assert listed("x", item).reserved == tuple(map(Decimal, reserved))


def test_the_hours_of_an_all_upfront_payment_are_added_to_its_share():
    item = machine()
    reserve_in_installments(item, "1yr", "All Upfront", "876", "0.01")
    reserve_in_installments(item, "3yr", "All Upfront", "2628", "0")
    assert listed("x", item).reserved == (Decimal("0.11"), Decimal("0.1"))


def test_each_payment_but_all_upfront_is_an_installment():
    item = machine()
    reserve(item, {"1yr": Decimal("0.05"), "3yr": Decimal("0.03")})
    reserve_in_installments(item, "1yr", "No Upfront", None, "0.06")
    reserve_in_installments(item, "1yr", "Partial Upfront", "207", "0.0236")
    reserve_in_installments(item, "3yr", "No Upfront", None, "0.04")
    assert listed("x", item).installments == {
        "1y-partial-upfront": Installments(Decimal(207), Decimal("0.0236")),
        "1y-no-upfront": Installments(Decimal(0), Decimal("0.06")),
        "3y-no-upfront": Installments(Decimal(0), Decimal("0.04")),
    }


def test_a_term_that_is_listed_twice_is_refused():
    item = machine()
    reserve_in_installments(item, "1yr", "No Upfront", None, "0.06")
    (code,) = item["terms"]["Reserved"]
    item["terms"]["Reserved"][f"{code}.again"] = item["terms"]["Reserved"][code]
    with pytest.raises(PriceListError, match="x: several terms of 1yr, no upfront, instead of one"):
        listed("x", item)


@pytest.mark.parametrize("terms", [None, {}, {"OnDemand": {}}, {"Reserved": {}}])
def test_a_product_without_a_term_on_demand_is_refused(terms: object):
    with pytest.raises(PriceListError, match="x: 0 on-demand terms instead of one"):
        listed("x", machine() | {"terms": terms})


def test_a_product_with_two_terms_on_demand_is_refused():
    item = machine()
    (code,) = item["terms"]["OnDemand"]
    item["terms"]["OnDemand"]["another"] = item["terms"]["OnDemand"][code]
    with pytest.raises(PriceListError, match="x: 2 on-demand terms instead of one"):
        listed("x", item)


def test_a_price_has_the_date_and_the_version_of_its_list():
    found = listed("x", machine())
    assert (found.published, found.source) == (
        "2026-11-20",
        "AWS Price List, AmazonEC2 version 20261120174521",
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+3", "1000"), ("0.0500000000", "0.05"), ("5", "5"), ("1E-7", "0.0000001"), ("0", "0")],
)
def test_a_number_is_written_without_an_exponent_or_zeros_at_its_end(number: str, text: str):
    assert plain_number(Decimal(number)) == text
