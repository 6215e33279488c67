"""Reports on traffic: the comparison, the regions, and the projection of the bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import click

from scripts.console.steps import waiting
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.function import function_bill
from scripts.cost.bill.monthly_projection import project_months
from scripts.cost.bill.purchase_options import missing_price_warnings
from scripts.cost.cli.printing import borrowed_price_warnings, console, warn, write_file
from scripts.cost.comparison.comparison import compare_costs
from scripts.cost.comparison.regions import compare_regions
from scripts.cost.output import render, tables
from scripts.cost.output.translations import translate
from scripts.cost.prices.snapshot import STALE_DAYS, load_snapshot, stale_provenances

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.cli.printing import ReportPrinter
    from scripts.cost.comparison.comparison import CostComparison
    from scripts.cost.comparison.scenario import Scenario
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.output.tables import Table
    from scripts.cost.output.translations import Language


@dataclass(frozen=True, kw_only=True)
class ComparisonOptions:
    """Tables, charts and report of a comparison."""

    views: Sequence[str]
    """Tables, by their keys."""
    top: int
    """Number of instance types in the table of sizes."""
    charts: Path | None
    """Folder for charts."""
    report: Path | None
    """File for the HTML report."""


def show_comparison(scenario: Scenario, options: ComparisonOptions, printer: ReportPrinter) -> None:
    """Print instance types, one big machine, a fleet and a function side by side."""
    # Fails for an unknown type: the bill of another one would be misleading.
    scenario.prices.instance(scenario.shape.instance_type)
    comparison = compare_costs(scenario)
    builders = {
        "sizes": lambda: tables.sizes(comparison.candidates, options.top),
        "vertical": lambda: tables.vertical(comparison),
        "functions": lambda: tables.functions(comparison.break_evens),
        "fleet": lambda: tables.bill(comparison.fleet, "fleet", "The fleet's bill"),
        "function": lambda: tables.bill(comparison.function, "function", "The function's bill"),
        "sensitivity": lambda: tables.sensitivity(comparison),
    }
    shown = [builders[view]() for view in options.views]
    warnings = [*_stale_price_warnings(comparison), *_missing_price_warnings(comparison, options.top)]
    borrowed = dict.fromkeys([*comparison.fleet.borrowed_items, *comparison.function.borrowed_items])
    warnings += borrowed_price_warnings(scenario.prices.name, borrowed)
    _print_tables(shown, comparison, warnings, printer)
    for warning in warnings:
        warn(warning)
    if options.charts:
        _write_charts(options.charts, comparison, printer.language)
    if options.report:
        write_file(options.report, _html_report(comparison, shown, warnings, printer.language).encode())
        click.echo(f"Wrote {options.report}.", err=True)
    printer.check_budget(comparison.fleet, "fleet")


def show_months(scenario: Scenario, growth: float, months: int, printer: ReportPrinter) -> None:
    """Print the projected bills of fleet and function as the traffic grows, month by month."""
    capacity, prices, assumptions = scenario.capacity, scenario.prices, scenario.assumptions
    prices.instance(scenario.shape.instance_type)
    bill_functions: dict[str, Callable[[Demand], Bill]] = {
        "The fleet's bill": lambda demand: fleet_bill(scenario.shape, demand, capacity, prices, assumptions),
        "The function's bill": lambda demand: function_bill(
            scenario.function, demand, capacity, prices, assumptions
        ),
    }
    projection = project_months(scenario.demand, growth, months, list(bill_functions.values()))
    printer.print_table(tables.months(projection, list(bill_functions)))
    for warning in missing_price_warnings(scenario.shape.purchase, prices, scenario.shape.types):
        warn(warning)
    printer.check_monthly_budget(projection, "fleet")


def show_regions(scenario: Scenario, printer: ReportPrinter) -> None:
    """Print the cheapest instance type of each region."""
    snapshot = load_snapshot()
    with waiting("Comparing all regions"):
        found = compare_regions(scenario, snapshot)
    printer.print_table(tables.regions(found))
    for it in found:
        shape = it.best.running.shape
        for warning in missing_price_warnings(shape.purchase, snapshot.region(it.region), shape.types):
            warn(warning)
        for warning in borrowed_price_warnings(it.region, it.borrowed_items):
            warn(f"{warning} The region is not ranked.")


def _print_tables(
    shown: list[Table], comparison: CostComparison, warnings: list[str], printer: ReportPrinter
) -> None:
    language = printer.language
    match printer.form:
        case "json":
            click.echo(render.as_json(shown))
        case "csv":
            click.echo(render.as_csv(shown[0]), nl=False)
        case "markdown":
            parts = [
                f"### {translate(table.title, language)}\n\n{render.as_markdown(table, language)}"
                for table in shown
            ]
            click.echo("\n\n".join(parts))
        case "html":
            click.echo(_html_report(comparison, shown, warnings, language))
        case _:
            page = console()
            page.print(_summary(comparison.scenario), highlight=False)
            render.on_console(shown, page, language)


def _html_report(
    comparison: CostComparison, shown: list[Table], warnings: list[str], language: Language
) -> str:
    from scripts.cost.output.html_report import html_report

    return html_report(comparison, shown, _summary(comparison.scenario), warnings, language)


def _write_charts(folder: Path, comparison: CostComparison, language: Language) -> None:
    from scripts.cost.output.charts import ChartFormat, ChartName, draw_chart

    for name in get_args(ChartName):
        for form in get_args(ChartFormat):
            write_file(folder / f"{name}.{form}", draw_chart(name, comparison, language, form))
    click.echo(f"Wrote {len(get_args(ChartName))} charts into {folder}.", err=True)


def _stale_price_warnings(comparison: CostComparison) -> list[str]:
    """Return a warning if prices that were used are too old to rely on."""
    used = {*comparison.fleet.provenances, *comparison.function.provenances}
    used.update(
        it
        for candidate in comparison.candidates
        for line in candidate.running.lines
        for it in line.provenances
    )
    stale = stale_provenances(used, datetime.now(UTC).date())
    if not stale:
        return []
    oldest = f"{stale[0].as_of or 'no known date'} ({stale[0].source})"
    text = (
        f"{len(stale)} of {len(used)} price sources are older than {STALE_DAYS} days, the oldest of {oldest}."
    )
    return [f"{text} `iris prices refresh` renews them."]


def _missing_price_warnings(comparison: CostComparison, top: int) -> list[str]:
    """Return warnings of instance types in the tables that lack a price for the chosen purchase options."""
    shown = [it.running.shape.instance_type for it in comparison.candidates[:top]]
    scenario = comparison.scenario
    types = [*scenario.shape.types, comparison.scale_up.fleet.shape.instance_type, *shown]
    return missing_price_warnings(scenario.shape.purchase, scenario.prices, types)


def _summary(scenario: Scenario) -> str:
    demand, capacity = scenario.demand, scenario.capacity
    return (
        f"{demand.mean:,.6g} requests per second on average, {demand.peak:,.6g} at the peak, in "
        f"{scenario.prices.name}; {capacity.requests_per_second_per_vcpu:,.0f} requests per second and vCPU, "
        f"{capacity.basis} on {capacity.machine} ({capacity.measured_on}, {capacity.commit})."
    )
