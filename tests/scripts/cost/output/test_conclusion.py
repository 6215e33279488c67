"""Closing sentences on months, regions, stacks and changes, about bills of round figures."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from scripts.cost.bill.bill_lines import bill, bill_line
from scripts.cost.bill.monthly_projection import ProjectedMonth, project_months
from scripts.cost.comparison.sensitivity import Sensitivity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output.conclusion import (
    change_conclusion,
    dominating,
    month_conclusion,
    stack_conclusion,
)
from scripts.cost.output.messages import message

if TYPE_CHECKING:
    from scripts.cost.bill.bill_lines import Bill

DEMAND = Demand(rates=weekly_demand.constant(100))
FLEET, FUNCTION = message("the fleet"), message("the function")


def bill_of(**usd: int) -> Bill:
    """Return a bill of items, with an underscore for a space."""
    lines = [bill_line(item.replace("_", " "), "fixed", Decimal(it), 1) for item, it in usd.items()]
    return bill(lines, 1)


def test_the_item_that_costs_most_in_all_its_parts_dominates_a_bill():
    parts = [
        bill_line("disks", "fixed", Decimal(3), 1),
        bill_line("firewall", "fixed", Decimal(4), 1),
        bill_line("disks", "redundancy", Decimal(3), 1),
    ]
    assert str(dominating(bill(parts, 1))) == "60% for disks"
    assert str(dominating(bill([], 1))) == "nothing is billed"


def months(*bills: tuple[int, int]) -> list[ProjectedMonth]:
    return [
        ProjectedMonth(
            number=number, demand=DEMAND, bills=(bill_of(instances=fleet), bill_of(API_calls=function))
        )
        for number, (fleet, function) in enumerate(bills)
    ]


@pytest.mark.parametrize(
    ("bills", "text"),
    [
        (
            [(10, 20), (15, 30)],
            (
                "Cheapest in every month: the fleet costs 10.00 USD today and 15.00 in month 1, of which "
                "100% for instances."
            ),
        ),
        (
            [(10, 5), (10, 9), (10, 11), (10, 20)],
            (
                "Cheapest today: the function costs 5.00 USD today and 20.00 in month 3, of which 100% for "
                "API calls; from month 2 on, the fleet is cheaper."
            ),
        ),
        # At the same cost the first one is named.
        (
            [(10, 10), (12, 11)],
            (
                "Cheapest today: the fleet costs 10.00 USD today and 12.00 in month 1, of which 100% for "
                "instances; from month 1 on, the function is cheaper."
            ),
        ),
    ],
)
def test_the_cheapest_today_and_the_month_in_which_that_changes_are_named(
    bills: list[tuple[int, int]], text: str
):
    assert str(month_conclusion(months(*bills), [FLEET, FUNCTION])) == text


def test_a_single_bill_is_compared_with_none():
    found = [
        ProjectedMonth(number=it, demand=DEMAND, bills=(bill_of(disks=it + 1, instances=1),))
        for it in (0, 1, 2)
    ]
    assert str(month_conclusion(found, [FLEET])) == (
        "the fleet costs 2.00 USD today and 4.00 in month 2, of which 75% for disks."
    )


def test_a_projection_has_today_and_each_month_of_compound_growth():
    found = project_months(
        DEMAND, 10, 3, [lambda it: bill_of(disks=round(it.mean)), lambda _: bill_of(disks=7)]
    )
    assert [it.number for it in found] == [0, 1, 2, 3]
    assert [round(it.demand.mean, 6) for it in found] == [100, 110, 121, 133.1]
    assert [[one.usd for one in it.bills] for it in found] == [[100, 7], [110, 7], [121, 7], [133, 7]]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (
            bill_of(disks=10, instances=90),
            bill_of(disks=15, instances=60),
            (
                "The change costs -25.00 USD per month (-25.0%), from 100.00 to 75.00; most of it: instances "
                "-30.00."
            ),
        ),
        (
            bill_of(),
            bill_of(disks=5),
            "The change costs +5.00 USD per month (+0.0%), from 0.00 to 5.00; most of it: disks +5.00.",
        ),
        (
            bill_of(disks=10, keys=1),
            bill_of(disks=8, secrets=3),
            "The change costs +0.00 USD per month (+0.0%), from 11.00 to 11.00; most of it: secrets +3.00.",
        ),
        (
            bill_of(disks=10),
            bill_of(disks=10),
            "The change costs nothing: 10.00 USD per month, as before.",
        ),
        (bill_of(), bill_of(), "The change costs nothing: 0.00 USD per month, as before."),
    ],
)
def test_a_change_is_named_with_the_item_that_changes_most(before: Bill, after: Bill, text: str):
    assert str(change_conclusion(before, after)) == text


def test_the_assumption_that_affects_a_stack_most_is_named_and_the_traffic_is_none():
    def effect(what: str, low: int, high: int) -> Sensitivity:
        ends = (Decimal(low),), (Decimal(high),)
        return Sensitivity(what=what, values=(1, 2), unit="s", low=ends[0], high=ends[1])

    traffic = effect("traffic", 1, 900)
    others = [effect("boot time", 7, 13), effect("size of a disk", 6, 14)]
    billed = bill_of(disks=10)
    assert str(stack_conclusion("dev", billed, [traffic, *others])) == (
        "The stack dev costs 10.00 USD per month, of which 100% for disks; wrong assumptions may make it "
        "5.00 to 15.00, by this one most: boot time."
    )
    assert str(stack_conclusion("dev", billed, [traffic])) == (
        "The stack dev costs 10.00 USD per month, of which 100% for disks."
    )
