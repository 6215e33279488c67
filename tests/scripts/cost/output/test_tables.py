"""Rows of the tables: the figures of what they show, each in its column."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import pytest

from scripts.cost.bill.assumptions import ASSUMPTIONS, Assumptions
from scripts.cost.bill.bill_lines import bill, bill_line
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.bill.monthly_projection import ProjectedMonth
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.comparison.commitment_costs import CommitmentCost
from scripts.cost.comparison.comparison import compare_costs
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.comparison.sensitivity import Sensitivity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output import tables
from scripts.cost.output.render import as_csv, as_html, as_markdown, format_cell
from scripts.cost.output.tables import Column, Table
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.resource_costs import ResourceCost

if TYPE_CHECKING:
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.comparison.comparison import CostComparison

SCENARIO = Scenario(
    demand=Demand(rates=weekly_demand.diurnal_with_peak(20_000, 3)),
    capacity=replace(read_capacity().at(5_000), low=2_000, high=20_000),
    prices=project_snapshot().region("us-east-1"),
    assumptions=Assumptions(),
    shape=FleetShape(instance_type=""),
    function=FunctionShape(),
    families=("c7g",),
)


@cache
def comparison() -> CostComparison:
    return compare_costs(SCENARIO)


def column(table: Table, heading: str) -> list[object]:
    (place,) = [index for index, it in enumerate(table.columns) if it.heading == heading]
    return [row[place] for row in table.rows]


def test_a_bill_has_its_lines_what_is_not_priced_and_its_total():
    lines = [bill_line("disks", "fixed", Decimal(3), 5), bill_line("keys", "marginal", Decimal(1), 2)]
    found = tables.bill(bill(lines, 2_000_000, unpriced=("a", "b", "a")), "fleet", "The fleet's bill")
    assert (found.key, found.title) == ("fleet", "The fleet's bill")
    assert found.rows[:2] == (
        ("disks", "fixed", 5, 3, Decimal("1.5"), "listed"),
        ("keys", "marginal", 2, 1, Decimal("0.5"), "listed"),
    )
    assert [str(row[0]) for row in found.rows[2:]] == ["not priced: a", "not priced: b"]
    assert found.totals == ("total", None, None, 4, 2, None)
    idle = tables.bill(bill(lines, 0), "fleet", "")
    assert column(idle, "USD per million") == [None, None]
    assert idle.totals == ("total", None, None, 4, None, None)


def test_the_cheapest_types_are_shown_then_the_cheapest_rejected_ones_and_the_chosen_one():
    candidates = comparison().candidates
    found = tables.sizes(candidates, 2)
    first = candidates[0]
    assert column(found, "type") == [it.running.shape.instance_type for it in candidates[:2]]
    assert found.rows[0] == (
        *(first.running.shape.instance_type, first.running.instance_range, first.usd, first.running.usd),
        *(first.usd_per_million, first.running.mean_utilisation, first.running.blast_radius),
        *(first.running.megabits, first.running.sizing.sized_by),
    )
    last = candidates[-1]
    assert column(tables.sizes(candidates, 2, last), "type")[-1] == last.running.shape.instance_type
    assert len(tables.sizes(candidates, 2, candidates[1]).rows) == 2
    flood = replace(SCENARIO, demand=Demand(rates=weekly_demand.constant(2e7)))
    rejected = [it for it in compare_costs(flood).candidates if it.running.overloaded]
    notes = column(tables.sizes(rejected, 2), "note")
    assert notes == ["rejected: too many targets"] * min(3, len(rejected))


def test_one_big_machine_stands_beside_the_fleet():
    found, both = tables.vertical(comparison()), comparison().scale_up
    demand = SCENARIO.demand
    assert column(found, "option") == ["one big machine", "fleet"]
    assert column(found, "type") == [both.one.instance_type, both.fleet.shape.instance_type]
    assert column(found, "machines") == [str(both.one.copies), both.fleet.instance_range]
    assert column(found, "USD per month") == [both.one.usd, both.fleet.usd]
    assert column(found, "utilisation") == [both.one.mean_utilisation, both.fleet.mean_utilisation]
    assert column(found, "paid but unused") == pytest.approx(
        [1 - demand.mean / both.one.throughput, 1 - sum(demand.rates) / sum(both.fleet_throughput)]
    )
    assert column(found, "lost if one fails") == [1, both.fleet.blast_radius]


def test_each_function_has_the_rate_from_which_the_fleet_is_cheaper():
    found = comparison().break_evens
    table = tables.functions(found)
    assert column(table, "function") == [it.shape.name for it in found]
    assert column(table, "firewall") == [it.firewall for it in found]
    rates = [it.crossing.rate if it.crossing else None for it in found]
    assert column(table, "requests per second") == rates
    assert column(table, "note") == ["" if it.shape.api == "rest" else "can't be deployed" for it in found]
    always, never = (replace(found[0], crossing=None, fleet_always=it) for it in (True, False))
    assert column(tables.functions([always, never]), "fleet is cheaper from") == ["always", "never"]
    assert column(tables.functions([always]), "USD at that rate") == [None]


def test_the_capacity_is_shown_from_the_worst_to_the_best_case():
    found = tables.capacity(comparison())
    assert column(found, "throughput of a vCPU") == ["low", "middle", "high"]
    assert column(found, "requests per second") == [2_000, 5_000, 20_000]
    assert column(found, "USD per month") == [it.best.usd for it in comparison().by_capacity]
    assert column(found, "of which instances") == [it.best.running.usd for it in comparison().by_capacity]


def test_the_function_is_shown_with_every_amount_of_memory_and_its_own():
    found = comparison().memory_curve
    assert [it.memory_mb for it in found] == [128, 256, 512, 1_024, 1_769, 3_008]
    table = tables.memory(found)
    assert column(table, "of which duration") == [it.bill.item_usd("function duration") for it in found]
    # Half of the memory has half of a vCPU, and takes twice as long; above a vCPU nothing is gained.
    milliseconds = [it.milliseconds for it in found]
    assert milliseconds == sorted(milliseconds, reverse=True)
    assert found[-1].milliseconds == found[-2].milliseconds
    assert found[-1].bill.usd > found[-2].bill.usd == comparison().function.usd
    own = replace(SCENARIO, function=FunctionShape(memory_mb=700))
    assert 700 in column(tables.memory(compare_costs(own).memory_curve), "MB")


def test_the_cash_of_a_commitment_is_shown_and_none_without_a_price():
    reserved = bill(
        [bill_line("instances", "fixed", Decimal(100), 1)], 1, upfront_usd=Decimal(360), committed=2
    )
    known = CommitmentCost(of="fleet", commitment="3y-partial-upfront", bill=reserved, saved=Decimal(7))
    unknown = CommitmentCost(of="function", commitment="1y", bill=None, saved=None)
    # 360 USD at once are 10 a month for three years.
    assert tables.commitments([known, unknown]).rows == (
        *(("fleet", "3 years, partial upfront", 2, 360, 90, 3_600, Decimal(100) / 730, 7, ""),),
        *(
            (
                *("function", "1 year, all upfront", None, None, None, None, None, None),
                "no price is known",
            ),
        ),
    )


def billed(**usd: int) -> Bill:
    lines = [bill_line(item, "fixed", Decimal(it), 1) for item, it in usd.items()]
    return bill(lines, 1, unpriced=tuple(usd))


def test_two_bills_differ_in_the_items_that_change_and_the_others_are_one_line():
    found = tables.difference(
        billed(disks=5, keys=2, secrets=1), billed(disks=9, keys=2, secrets=1, alarms=3)
    )
    assert [(str(row[0]), *row[1:]) for row in found.rows] == [
        ("disks", 5, 9, 4),
        ("alarms", 0, 3, 3),
        ("unchanged items: 2", 3, 3, 0),
        ("not priced: disks", None, None, None),
        ("not priced: keys", None, None, None),
        ("not priced: secrets", None, None, None),
        ("not priced: alarms", None, None, None),
    ]
    assert found.totals == ("total", 8, 15, 7)
    assert len(tables.difference(billed(disks=1), billed(disks=2)).rows) == 2


def test_resources_months_sensitivities_and_assumptions_have_a_row_each():
    costs = [ResourceCost(resource=it, item="i", quantity=Decimal(2), usd=Decimal(3)) for it in ("a", "b")]
    found = tables.resources(costs)
    assert (found.rows, found.totals) == ((("a", "i", 2, 3), ("b", "i", 2, 3)), ("total", None, None, 6))
    month = ProjectedMonth(number=4, demand=SCENARIO.demand, bills=(billed(disks=5), billed(disks=6)))
    assert tables.months([month], ["x", "y"]).rows == ((4, SCENARIO.demand.mean, 5, 6),)
    effect = Sensitivity(
        what="w", values=(1, 2), unit="s", low=(Decimal(3), Decimal(4)), high=(Decimal(5), Decimal(6))
    )
    assert tables.sensitivity([effect], ["x", "y"]).rows == (("w", 1, 2, "s", 3, 5, 4, 6),)
    values = tables.assumptions(Assumptions(log_days=7))
    assert column(values, "name") == list(ASSUMPTIONS)
    assert ("log_days", 7, 4, 14) in [(row[0], row[2], row[4], row[5]) for row in values.rows]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (Decimal("1234.565"), "usd", "1,234.57"),
        (Decimal("0.005"), "usd", "0.01"),
        (Decimal("0.0049"), "usd", "0.00"),
        (Decimal("4.005"), "change", "+4.01"),
        (Decimal(-4), "change", "-4.00"),
        (Decimal("-0.001"), "change", "0.00"),
        (True, "flag", "yes"),
        (False, "flag", "no"),
        (None, "usd", ""),
        ("disks", "name", "disks"),
        (0.005, "number", "0.01"),
        (0.004, "number", "0.004"),
    ],
)
def test_amounts_are_rounded_half_up_to_the_cent(value: object, kind: str, text: str):
    assert format_cell(value, kind, "en") == text  # pyright: ignore[reportArgumentType] (parametrized)


def test_a_table_is_written_as_markdown_html_and_csv():
    columns = (Column("item", "text"), Column("USD per month", "usd"))
    table = Table(
        key="it",
        title="Regions",
        columns=columns,
        rows=(("<a> & b", Decimal("1.5")),),
        totals=("total", Decimal(2)),
    )
    assert as_markdown(table, "en").splitlines() == [
        "| item | USD per month |",
        "| --- | ---: |",
        "| <a> & b | 1.50 |",
        "| **total** | **2.00** |",
    ]
    page = as_html(table, "en")
    assert '<td class="left">&lt;a&gt; &amp; b</td><td class="right">1.50</td>' in page
    assert '<tfoot><tr><td class="left">total</td><td class="right">2.00</td></tr></tfoot>' in page
    assert page.startswith("<h2>Regions</h2>")
    assert as_csv(table) == "item,USD per month\n<a> & b,1.5\n"
