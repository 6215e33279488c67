"""Answers to questions about traffic: the whole comparison, the regions, the months to come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import click
from rich.console import Console

from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.function import function_bill
from scripts.cost.bill.monthly_projection import month_by_month
from scripts.cost.bill.purchase_options import unknown_prices
from scripts.cost.cli.printing import console, warn, write
from scripts.cost.comparison.instance_types import compare
from scripts.cost.comparison.study import study
from scripts.cost.output import render, tables
from scripts.cost.output.translations import say
from scripts.cost.prices.snapshot import STALE_DAYS, load, stale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.cli.printing import Output
    from scripts.cost.comparison.instance_types import Candidate
    from scripts.cost.comparison.study import Question, Study
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.output.tables import Table
    from scripts.cost.output.translations import Language


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to show of a comparison."""

    views: Sequence[str]
    """Tables, by their keys."""
    top: int
    """Instance types in the table of sizes."""
    charts: Path | None
    """Folder for charts."""
    report: Path | None
    """File for a report."""


def comparison(question: Question, wanted: Wanted, output: Output) -> None:
    """Show instance sizes, one big machine, a fleet and a function side by side."""
    # Asked for by name: a bill of something else would be worse than none.
    question.prices.instance(question.shape.instance_type)
    found = study(question)
    drawn = {
        "sizes": lambda: tables.sizes(found.candidates, wanted.top),
        "vertical": lambda: tables.vertical(found),
        "functions": lambda: tables.functions(found.matches),
        "fleet": lambda: tables.bill(found.fleet, "fleet", "The fleet's bill"),
        "function": lambda: tables.bill(found.function, "function", "The function's bill"),
        "sensitivity": lambda: tables.sensitivity(found),
    }
    shown = [drawn[view]() for view in wanted.views]
    warnings = [*_warnings(found), *_unknown_prices(found, wanted.top)]
    _print(shown, found, warnings, output)
    for warning in warnings:
        warn(warning)
    if wanted.charts:
        _draw(wanted.charts, found, output.language)
    if wanted.report:
        write(wanted.report, _report(found, shown, warnings, output.language).encode())
        click.echo(f"Wrote {wanted.report}.", err=True)
    output.hold(found.fleet, "fleet")


def months(question: Question, growth: float, horizon: int, output: Output) -> None:
    """Show what growing traffic will cost, month by month."""
    ask = question
    ask.prices.instance(ask.shape.instance_type)
    ways: dict[str, Callable[[Demand], Bill]] = {
        "The fleet's bill": lambda it: fleet_bill(ask.shape, it, ask.capacity, ask.prices, ask.assumptions),
        "The function's bill": lambda it: function_bill(
            ask.function, it, ask.capacity, ask.prices, ask.assumptions
        ),
    }
    found = month_by_month(ask.demand, growth, horizon, list(ways.values()))
    output.one(tables.months(found, list(ways)))
    for warning in unknown_prices(ask.shape.purchase, ask.prices, ask.shape.types):
        warn(warning)
    output.hold_months(found, "fleet")


def regions(question: Question, output: Output) -> None:
    """Show the cheapest type of each region."""
    found: list[tuple[str, Candidate]] = []
    with Console(stderr=True).status("Comparing all regions"):
        for name, prices in load().regions.items():
            ask = replace(question, prices=prices)
            best = compare(
                ask.shape,
                ask.demand,
                ask.capacity,
                prices,
                ask.assumptions,
                least_memory_gib=ask.least_memory_gib,
            )[0]
            found.append((name, best))
    output.one(tables.regions(sorted(found, key=lambda it: it[1].usd)))
    for name, best in found:
        shape = best.running.shape
        for warning in unknown_prices(shape.purchase, load().region(name), shape.types):
            warn(warning)


def _print(shown: list[Table], found: Study, warnings: list[str], output: Output) -> None:
    language = output.language
    match output.form:
        case "json":
            click.echo(render.as_json(shown))
        case "csv":
            click.echo(render.as_csv(shown[0]), nl=False)
        case "markdown":
            parts = [
                f"### {say(table.title, language)}\n\n{render.as_markdown(table, language)}"
                for table in shown
            ]
            click.echo("\n\n".join(parts))
        case "html":
            click.echo(_report(found, shown, warnings, language))
        case _:
            page = console()
            page.print(_summary(found.question), highlight=False)
            render.on_console(shown, page, language)


def _report(found: Study, shown: list[Table], warnings: list[str], language: Language) -> str:
    from scripts.cost.output.html_report import report

    return report(found, shown, _summary(found.question), warnings, language)


def _draw(folder: Path, found: Study, language: Language) -> None:
    from scripts.cost.output.charts import ChartName, Format, draw

    for name in get_args(ChartName):
        for form in get_args(Format):
            write(folder / f"{name}.{form}", draw(name, found, language, form))
    click.echo(f"Wrote {len(get_args(ChartName))} charts into {folder}.", err=True)


def _warnings(found: Study) -> list[str]:
    """Say which of the figures that were used are too old to rely on."""
    used = {*found.fleet.provenances, *found.function.provenances}
    used.update(it for row in found.candidates for line in row.running.lines for it in line.provenances)
    old = stale(used, datetime.now(UTC).date())
    if not old:
        return []
    oldest = f"{old[0].as_of or 'no known date'} ({old[0].source})"
    told = (
        f"{len(old)} of {len(used)} price sources are older than {STALE_DAYS} days, the oldest of {oldest}."
    )
    return [f"{told} `iris prices refresh` renews them."]


def _unknown_prices(found: Study, top: int) -> list[str]:
    """Say which of the instance types that are shown are not priced as they are asked to be bought."""
    shown = [it.running.shape.instance_type for it in found.candidates[:top]]
    question = found.question
    types = [*question.shape.types, found.contrast.fleet.shape.instance_type, *shown]
    return unknown_prices(question.shape.purchase, question.prices, types)


def _summary(question: Question) -> str:
    demand, capacity = question.demand, question.capacity
    return (
        f"{demand.mean:,.6g} requests a second on average, {demand.peak:,.6g} at the peak, in "
        f"{question.prices.name}; {capacity.requests_per_second_per_vcpu:,.0f} requests a second and vCPU, "
        f"{capacity.basis} on {capacity.machine} ({capacity.measured_on}, {capacity.commit})."
    )
