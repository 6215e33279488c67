"""Totals of a bill."""

from __future__ import annotations

from decimal import Decimal

from scripts.cost.bill.bill_lines import MILLION, bill, bill_line
from scripts.cost.prices.tariff import Provenance


def test_a_bill_has_totals_by_item_by_component_and_for_a_million_requests():
    lines = [
        bill_line("a", "fixed", Decimal(3), 1),
        bill_line("a", "marginal", Decimal(4), 1),
        bill_line("b", "fixed", Decimal(0), 1),
        bill_line("c", "redundancy", Decimal(5), 2, quantity_basis="scaled"),
    ]
    found = bill(lines, 3 * MILLION, refused=MILLION)
    assert [it.item for it in found.lines] == ["a", "a", "c"]
    assert (found.usd, found.item_usd("a"), found.component_usd("fixed")) == (12, 7, 3)
    assert MILLION == 10**6
    assert found.usd_per_million == 4
    assert found.refused_share == 0.25
    assert bill(lines, 0).usd_per_million is None
    assert bill(lines, 5).refused_share == 0


def test_an_item_is_borrowed_if_one_of_its_prices_is_and_the_most_expensive_comes_first():
    own = Provenance(as_of=None, source="here")
    other = Provenance(as_of=None, source="there", basis="assumed", borrowed_from="us-east-1")
    lines = [
        bill_line("a", "fixed", Decimal(2), 1, own, other),
        bill_line("b", "fixed", Decimal(9), 1, own),
        bill_line("c", "fixed", Decimal(2), 1, other),
        bill_line("c", "marginal", Decimal(1), 1, other, quantity_basis="scaled"),
    ]
    found = bill(lines, 0)
    assert found.borrowed_items == ("c", "a")
    assert found.provenances == (own, other)
    assert [it.basis for it in found.lines] == ["assumed", "listed", "assumed", "assumed"]
