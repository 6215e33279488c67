"""Budgets of a bill and of the months of a projection."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import click
import pytest

from scripts.cost.bill.bill_lines import bill, bill_line
from scripts.cost.bill.monthly_projection import ProjectedMonth
from scripts.cost.cli.printing import OverBudgetError, ReportPrinter, write_file
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.cost.bill.bill_lines import Bill

DEMAND = Demand(rates=weekly_demand.constant(1))


def costing(usd: str) -> Bill:
    return bill([bill_line("disks", "fixed", Decimal(usd), 1)], 1)


def printer(budget: float | None) -> ReportPrinter:
    return ReportPrinter(form="table", language="en", budget=budget)


def test_a_bill_may_use_up_its_budget_and_no_more():
    for budget in (None, 10, 10.01):
        printer(budget).check_budget(costing("10"), "fleet")
    with pytest.raises(OverBudgetError) as raised:
        printer(9.99).check_budget(costing("10"), "fleet")
    assert raised.value.exit_code == 3
    assert raised.value.message == ("The fleet costs 10.00 USD per month, which is above the budget of 9.99.")
    with pytest.raises(OverBudgetError):
        printer(0).check_budget(costing("0.01"), "fleet")


def test_the_first_bill_of_the_most_expensive_month_counts():
    months = [
        ProjectedMonth(number=number, demand=DEMAND, bills=(costing(first), costing(second)))
        for number, (first, second) in enumerate([("5", "90"), ("8", "1"), ("7", "99")])
    ]
    printer(8).check_monthly_budget(months, "stack")
    with pytest.raises(OverBudgetError, match=r"^The stack in month 1 costs 8\.00 USD per month"):
        printer(7.5).check_monthly_budget(months, "stack")


def test_a_page_that_can_not_be_written_is_one_line(tmp_path: Path):
    write_file(tmp_path / "deep" / "page.html", b"page")
    assert (tmp_path / "deep" / "page.html").read_bytes() == b"page"
    with pytest.raises(click.ClickException) as raised:
        write_file(tmp_path / "deep" / "page.html" / "below", b"page")
    assert raised.value.message == f"Cannot write {tmp_path}/deep/page.html/below: File exists."
