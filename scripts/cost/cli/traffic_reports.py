"""Reports on traffic: the comparison, the regions, and the projection of the bills."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import click

from scripts.console.steps import waiting
from scripts.cost.bill.fleet import fleet_bill, size_instances
from scripts.cost.bill.function import function_bill
from scripts.cost.bill.monthly_projection import project_months
from scripts.cost.cli.preamble import inputs, preamble
from scripts.cost.cli.price_warnings import (
    borrowed_price_warnings,
    left_out_warnings,
    missing_plan_warnings,
    missing_price_warnings,
    stale_price_warnings,
)
from scripts.cost.cli.printing import write_file
from scripts.cost.comparison.commitment_costs import commitment_costs, missing_commitment
from scripts.cost.comparison.comparison import compare_costs
from scripts.cost.comparison.instance_types import (
    chosen_instance_type,
    compare_instance_types,
    compared_types,
)
from scripts.cost.comparison.regions import compare_regions
from scripts.cost.output import conclusion, tables
from scripts.cost.output.messages import message
from scripts.cost.output.report import Report
from scripts.cost.output.shortfalls import monthly_shortfall_warnings, shortfall_warnings
from scripts.cost.prices.snapshot import project_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.fleet import Shortfall
    from scripts.cost.cli.printing import ReportPrinter
    from scripts.cost.comparison.commitment_costs import CommitmentCost
    from scripts.cost.comparison.comparison import CostComparison
    from scripts.cost.comparison.scenario import Scenario
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.output.charts import ChartName
    from scripts.cost.output.messages import Message
    from scripts.cost.output.tables import Table
    from scripts.cost.output.translations import Language
    from scripts.cost.prices.commitments import Commitment

TITLE = "The cost of serving predictions"
"""Title of the reports on traffic."""


@dataclass(frozen=True, kw_only=True)
class ComparisonOptions:
    """Tables and charts of a comparison."""

    views: Sequence[str]
    """Tables, by their keys."""
    top: int
    """Number of instance types in the table of sizes."""
    charts: Path | None
    """Folder for charts."""


def show_comparison(scenario: Scenario, options: ComparisonOptions, printer: ReportPrinter) -> None:
    """Print instance types, one big machine, a fleet and a function side by side."""
    comparison = compare_costs(scenario)
    scenario = comparison.scenario
    builders: dict[str, Callable[[], Table]] = {
        "sizes": lambda: tables.sizes(comparison.candidates, options.top, comparison.chosen),
        "capacity": lambda: tables.capacity(comparison),
        "vertical": lambda: tables.vertical(comparison),
        "functions": lambda: tables.functions(comparison.break_evens),
        "memory": lambda: tables.memory(comparison.memory_curve),
        "fleet": lambda: tables.bill(comparison.fleet, "fleet", "The fleet's bill"),
        "function": lambda: tables.bill(comparison.function, "function", "The function's bill"),
        "commitments": lambda: tables.commitments(_commitment_costs(scenario)),
        "sensitivity": lambda: tables.sensitivity(comparison.sensitivities, ["fleet", "function"]),
        "assumptions": lambda: tables.assumptions(scenario.assumptions),
    }
    bills = [comparison.fleet, comparison.function]
    report = Report(
        title=TITLE,
        inputs=inputs(scenario, scenario.prices.name),
        preamble=preamble(scenario, scenario.prices.name, bills, sides=bills),
        tables=[builders[view]() for view in options.views],
        conclusion=conclusion.compare_conclusion(comparison),
        assumptions=scenario.assumptions,
        provenances=[it for bill in bills for it in bill.provenances],
        warnings=_comparison_warnings(comparison, options.top),
        charts=_chart_painters(comparison),
    )
    printer.print_report(report)
    if options.charts:
        _write_charts(options.charts, comparison, printer.language)
    printer.check_budget(comparison.fleet, "fleet")


def show_months(scenario: Scenario, growth: float, months: int, printer: ReportPrinter) -> None:
    """Print the projected bills of fleet and function as the traffic grows, month by month."""
    capacity, prices, assumptions = scenario.capacity, scenario.prices, scenario.assumptions
    demands = (scenario.demand.after_growth(growth, number) for number in range(months + 1))
    busiest = replace(scenario, demand=max(demands, key=lambda it: it.mean))
    chosen = chosen_instance_type(busiest, compare_instance_types(busiest))
    scenario = replace(scenario, shape=chosen.running.shape)

    def shortfalls(demand: Demand) -> tuple[Shortfall, ...]:
        return size_instances(scenario.shape, demand, capacity, prices, assumptions).shortfalls

    bill_functions: dict[str, Callable[[Demand], Bill]] = {
        "The fleet's bill": lambda demand: fleet_bill(scenario.shape, demand, capacity, prices, assumptions),
        "The function's bill": lambda demand: function_bill(
            scenario.function, demand, capacity, prices, assumptions
        ),
    }
    projection = project_months(scenario.demand, growth, months, list(bill_functions.values()))
    bills = [bill for month in projection for bill in month.bills]
    names = (
        message("a fleet of {type}", type=scenario.shape.instance_type),
        message("the function {name}", name=scenario.function.name),
    )
    printer.print_report(
        Report(
            title=TITLE,
            inputs=inputs(scenario, prices.name) | {"growth_percent": growth, "months": months},
            preamble=preamble(scenario, prices.name, bills, sides=projection[-1].bills),
            tables=[tables.months(projection, list(bill_functions))],
            conclusion=conclusion.month_conclusion(projection, names),
            assumptions=assumptions,
            provenances=[it for bill in bills for it in bill.provenances],
            warnings=[
                *missing_price_warnings(scenario.shape.purchase, prices, scenario.shape.types),
                *missing_plan_warnings(scenario.function, prices),
                *borrowed_price_warnings(prices.name, [it for bill in bills for it in bill.borrowed_items]),
                *monthly_shortfall_warnings(projection, shortfalls),
            ],
        )
    )
    printer.check_monthly_budget(projection, "fleet")


def show_regions(scenario: Scenario, printer: ReportPrinter) -> None:
    """Print the cheapest instance type of each region."""
    snapshot = project_snapshot()
    with waiting("Comparing all regions"):
        found = compare_regions(scenario, snapshot)
    warnings: list[Message] = []
    for it in found:
        shape = it.best.running.shape
        warnings += missing_price_warnings(shape.purchase, snapshot.region(it.region), shape.types)
        warnings += [
            message("{problem} The region is not ranked.", problem=problem)
            for problem in borrowed_price_warnings(it.region, it.borrowed_items)
        ]
    names = ", ".join(it.region for it in found)
    bills = [it.bill for it in found]
    printer.print_report(
        Report(
            title="Regions",
            inputs=inputs(scenario, names),
            preamble=preamble(scenario, names, bills),
            tables=[tables.regions(found)],
            conclusion=conclusion.region_conclusion(found),
            assumptions=scenario.assumptions,
            provenances=[it for bill in bills for it in bill.provenances],
            warnings=warnings,
        )
    )


def _commitment_costs(scenario: Scenario) -> list[CommitmentCost]:
    """Return the bills of fleet and function under each commitment."""
    demand, capacity, prices, assumptions = (
        scenario.demand,
        scenario.capacity,
        scenario.prices,
        scenario.assumptions,
    )
    shape, function = scenario.shape, scenario.function

    def fleet_under(commitment: Commitment) -> Bill:
        purchase = replace(shape.purchase, commitment=commitment)
        return fleet_bill(replace(shape, purchase=purchase), demand, capacity, prices, assumptions)

    def function_under(commitment: Commitment) -> Bill:
        return function_bill(replace(function, commitment=commitment), demand, capacity, prices, assumptions)

    return [
        *commitment_costs("fleet", fleet_under, lambda it: not missing_commitment(shape, None, prices, it)),
        *commitment_costs(
            "function", function_under, lambda it: not missing_commitment(None, function, prices, it)
        ),
    ]


def _chart_painters(comparison: CostComparison) -> dict[str, Callable[[Language], str]]:
    """Return the charts of the tables, which are drawn when a page shows them."""

    def painter(name: ChartName) -> Callable[[Language], str]:
        def paint(language: Language) -> str:
            from scripts.cost.output.charts import svg_element

            return svg_element(name, comparison, language)

        return paint

    charts: dict[str, ChartName] = {
        "sizes": "sizes",
        "vertical": "peak",
        "functions": "break-even",
        "sensitivity": "sensitivity",
    }
    return {table: painter(name) for table, name in charts.items()}


def _write_charts(folder: Path, comparison: CostComparison, language: Language) -> None:
    from scripts.cost.output.charts import ChartName, draw_all_formats

    for name in get_args(ChartName):
        for form, content in draw_all_formats(name, comparison, language).items():
            write_file(folder / f"{name}.{form}", content)
    click.echo(f"Wrote {len(get_args(ChartName))} charts into {folder}.", err=True)


def _comparison_warnings(comparison: CostComparison, top: int) -> list[Message]:
    """Return the warnings of the prices in the tables, and of a type that is billed but not compared."""
    scenario = comparison.scenario
    used = {*comparison.fleet.provenances, *comparison.function.provenances}
    used.update(
        it
        for candidate in comparison.candidates
        for line in candidate.running.lines
        for it in line.provenances
    )
    compared = [it.running.shape.instance_type for it in comparison.candidates[:top]]
    types = [*scenario.shape.types, *compared]
    borrowed = dict.fromkeys([*comparison.fleet.borrowed_items, *comparison.function.borrowed_items])
    return [
        *stale_price_warnings(used),
        *missing_price_warnings(scenario.shape.purchase, scenario.prices, types),
        *left_out_warnings(len(compared_types(scenario)) - len(comparison.candidates), scenario.shape),
        *missing_plan_warnings(scenario.function, scenario.prices),
        *borrowed_price_warnings(scenario.prices.name, borrowed),
        *shortfall_warnings(comparison.chosen.running.shortfalls),
    ]
