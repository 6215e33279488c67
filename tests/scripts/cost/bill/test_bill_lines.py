"""Totals of a bill."""

from __future__ import annotations

from decimal import Decimal

from scripts.cost.bill.bill_lines import MILLION, bill, bill_line


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
