"""`iris cost`: what serving predictions costs, and which way of serving them costs least."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast, get_args

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from scripts.cost.bill import Bill
    from scripts.cost.demand import Demand
    from scripts.cost.fleet import FleetShape
    from scripts.cost.growth import Month
    from scripts.cost.prices import RegionPrices
    from scripts.cost.purchase import Commitment
    from scripts.cost.sizes import Candidate
    from scripts.cost.stack import StackShape
    from scripts.cost.study import Question, Study
    from scripts.cost.tables import Table
    from scripts.cost.words import Language

VIEWS: Final = ("sizes", "vertical", "functions", "fleet", "function", "sensitivity")
FORMATS: Final = ("table", "json", "csv", "markdown", "html")
CLOUDWATCH: Final = "cloudwatch"
PAGE_WIDTH: Final = 110
MOST_RATE: Final = 10**7
"""Requests per second beyond which a typing error is likelier than a demand."""


EXAMPLES: Final = """\b
Examples:
  iris cost --rate 500 --peak-factor 4          traffic of your own
  iris cost --show functions --rate 5           fleet or Lambda?
  iris cost --demand week.csv --report cost.html
  iris cost --demand cloudwatch:prod            the traffic that a deployed stack has
  iris cost --growth 10 --months 12             the bill of a year of growth, month by month
  iris cost --stack dev --rate 5 --budget 100   for CI: fails above 100 USD a month
  iris cost --stack dev --against main          what a change of the configuration costs
"""


@click.command(context_settings={"max_content_width": 110}, epilog=EXAMPLES)
@click.option("--region", default="us-east-1", show_default=True, help="AWS region.")
@click.option(
    "--rate",
    type=click.FloatRange(0, MOST_RATE),
    default=2_000.0,
    show_default=True,
    help="Requests a second, on average over the week.",
)
@click.option(
    "--peak-factor",
    type=float,
    help="How many times the average the busiest hour has; 1 = always the same.  [default: a usual week]",
)
@click.option(
    "--demand",
    "source",
    help="CSV with requests a second for each hour of a day or of a week from Monday on, instead of --rate; "
    "or cloudwatch:STACK for the last week of a deployed stack.",
)
@click.option("--growth", type=click.FloatRange(-99, 100), default=0.0, help="Growth in percent a month.")
@click.option(
    "--months",
    "horizon",
    type=click.IntRange(1, 120),
    help="With --growth: the bill of today and of each of so many months after it, instead.",
)
@click.option(
    "--after", "months", type=click.IntRange(0, 120), default=0, help="Months that it has grown for."
)
@click.option("--request-bytes", type=click.IntRange(1), default=500, show_default=True, help="With headers.")
@click.option(
    "--response-bytes", type=click.IntRange(1), default=350, show_default=True, help="With headers."
)
@click.option("--instance-type", default="t4g.small", show_default=True, help="Whose bill is shown.")
@click.option("--family", "families", multiple=True, help="Compare only this one; may be repeated.")
@click.option(
    "--memory", type=click.FloatRange(0), default=1.0, show_default=True, help="Least GiB to compare."
)
@click.option("--zones", type=click.IntRange(2, 3), default=2, show_default=True, help="Availability zones.")
@click.option("--least", type=click.IntRange(1), default=2, show_default=True, help="Fewest instances.")
@click.option(
    "--utilisation",
    type=click.IntRange(1, 100),
    default=60,
    show_default=True,
    help="Percent of its throughput that an instance is to work at.",
)
@click.option(
    "--commitment",
    type=click.Choice(["none", "1y", "3y"]),
    default="none",
    show_default=True,
    help="Years that instances are reserved for, where they run so much that it pays.",
)
@click.option(
    "--spot", type=click.IntRange(0, 100), default=0, help="Percent of the other instances at spot."
)
@click.option("--standard-credits", is_flag=True, help="Burstable instances are slowed down, not charged.")
@click.option(
    "--function-memory", type=click.IntRange(128, 10_240), default=1_769, show_default=True, help="MB."
)
@click.option("--free-tier", is_flag=True, help="Nothing else in the account uses AWS's lasting free tiers.")
@click.option(
    "--capacity",
    type=click.Path(path_type=Path),
    help="Measurement to scale from, as `iris load` writes it.  [default: the one that the project carries]",
)
@click.option("--all-regions", is_flag=True, help="The cheapest type of every region, instead.")
@click.option(
    "--show", "views", multiple=True, type=click.Choice(VIEWS), help="What to show.  [default: all]"
)
@click.option("--top", type=click.IntRange(1), default=12, show_default=True, help="Instance types to show.")
@click.option(
    "--charts", type=click.Path(path_type=Path, file_okay=False), help="Folder for charts, SVG and PNG."
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="File for one HTML report.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Of the words."
)
@click.option("--stack", help="Price this stack's very resources instead, from the Pulumi program.")
@click.option("--config", "settings", multiple=True, help="With --stack: key=value, to try a setting.")
@click.option("--against", help="With --stack: a branch or commit to compare the stack with.")
@click.option("--budget", type=click.FloatRange(0), help="Fail if the bill is above so many USD a month.")
def cost(  # noqa: PLR0913, PLR0917 (click passes each option by its name)
    region: str,
    rate: float,
    peak_factor: float | None,
    source: str | None,
    growth: float,
    horizon: int | None,
    months: int,
    request_bytes: int,
    response_bytes: int,
    instance_type: str,
    families: tuple[str, ...],
    memory: float,
    zones: int,
    least: int,
    utilisation: int,
    commitment: str,
    spot: int,
    standard_credits: bool,  # noqa: FBT001 (the same)
    function_memory: int,
    free_tier: bool,  # noqa: FBT001 (the same)
    capacity: Path | None,
    all_regions: bool,  # noqa: FBT001 (the same)
    views: tuple[str, ...],
    top: int,
    charts: Path | None,
    report: Path | None,
    form: str,
    lang: str,
    stack: str | None,
    settings: tuple[str, ...],
    against: str | None,
    budget: float | None,
) -> None:
    """Compare what it costs to answer your traffic: instance sizes, one big machine, a fleet, a function.

    Sizes a fleet for every hour of a week so that it survives the loss of a zone, prices every line of the
    bill from a dated price list, and says of each number whether it is listed, measured, scaled or assumed.
    """
    from scripts.cost.assumptions import Assumptions
    from scripts.cost.capacity import CapacityError, read
    from scripts.cost.demand import Demand, DemandError
    from scripts.cost.fleet import FleetShape
    from scripts.cost.function import FunctionShape
    from scripts.cost.nearest import UnknownNameError
    from scripts.cost.prices import SnapshotError, load
    from scripts.cost.purchase import Purchase
    from scripts.cost.sizing import Policy
    from scripts.cost.study import Question
    from scripts.cost.surroundings import Surroundings

    _refuse(
        {
            "--config and --against go with --stack.": (settings or against) and not stack,
            "--show, --family, --charts and --report go neither with --all-regions nor --stack.": (
                (all_regions or stack) and (views or families or charts or report)
            ),
            "--all-regions goes neither with --stack nor with --budget.": (
                all_regions and (stack or budget is not None)
            ),
            "--months goes neither with --after, --all-regions and --against nor with what shows more.": (
                horizon and (months or all_regions or against or views or families or charts or report)
            ),
            "--config takes key=value.": any("=" not in setting for setting in settings),
            "CSV holds one table: choose it with one --show.": (
                form == "csv" and len(views) != 1 and not (all_regions or stack or horizon)
            ),
        }
    )
    try:
        rates = _rates(rate, peak_factor, source, region)
        demand = Demand(rates=rates, request_bytes=request_bytes, response_bytes=response_bytes).grown(
            growth, months
        )
        snapshot = load()
        around = Surroundings(zones=zones)
        question = Question(
            demand=demand,
            capacity=read(capacity) if capacity else read(),
            prices=snapshot.region(region),
            assumptions=Assumptions(free_tier=free_tier),
            shape=FleetShape(
                instance_type=instance_type,
                policy=Policy(target_utilisation=utilisation / 100, zones=zones, least=least),
                purchase=Purchase(commitment=cast("Commitment", commitment), spot_percent=spot),
                unlimited_credits=not standard_credits,
                around=around,
            ),
            function=FunctionShape(memory_mb=function_memory, around=around),
            least_memory_gib=memory,
            families=families,
        )
        language = cast("Language", lang)
        if all_regions:
            _show_regions(question, form, language)
            return
        if horizon and stack:
            _show_stack_months(question, growth, horizon, stack, settings, form, language, budget)
            return
        if horizon:
            _show_months(question, growth, horizon, form, language, budget)
            return
        if stack:
            _price_stack(question, stack, settings, against, form, language, budget)
            return
        _answer(question, views or VIEWS, top, charts, report, form, language, budget)
    except (UnknownNameError, DemandError, CapacityError, SnapshotError) as error:
        raise click.ClickException(str(error)) from error


def _refuse(mistakes: Mapping[str, object]) -> None:
    """Stop at the first mistake that was made: at a text whose value is true."""
    for text, made in mistakes.items():
        if made:
            raise click.UsageError(text)


def _rates(rate: float, peak_factor: float | None, source: str | None, region: str) -> tuple[float, ...]:
    from scripts.cost import demand

    if source is not None:
        scheme, colon, stack = source.partition(":")
        if scheme == CLOUDWATCH and colon:
            return _counted(stack, region)
        return demand.read_csv(Path(source))
    if peak_factor == 1:
        return demand.constant(rate)
    return demand.peaking(rate, peak_factor)


def _counted(stack: str, region: str) -> tuple[float, ...]:
    from datetime import UTC, datetime
    from functools import partial

    import boto3.session
    from botocore.exceptions import BotoCoreError, ClientError
    from rich.console import Console

    from scripts.cost.cloudwatch import read_week
    from scripts.cost.demand import DemandError

    if not stack:
        raise DemandError("--demand cloudwatch:STACK takes the name of a stack.")
    try:
        # boto3 makes its clients' methods as it runs.
        client = cast("Any", boto3.session.Session()).client
        with Console(stderr=True).status(f"Asking CloudWatch for the requests of {stack}"):
            week = read_week(partial(client, region_name=region), stack, datetime.now(UTC))
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"CloudWatch can't be asked: {error}") from error
    if week.silent:
        click.echo(
            f"Warning: CloudWatch has no figure for {len(week.silent)} hours, the first of "
            f"{week.silent[0]:%Y-%m-%d %H:%M} UTC; they count as no requests.",
            err=True,
        )
    return week.rates


def _answer(
    question: Question,
    views: tuple[str, ...],
    top: int,
    charts: Path | None,
    report: Path | None,
    form: str,
    language: Language,
    budget: float | None,
) -> None:
    from scripts.cost import tables
    from scripts.cost.study import study

    # Asked for by name: a bill of something else would be worse than none.
    question.prices.instance(question.shape.instance_type)
    found = study(question)
    drawn = {
        "sizes": lambda: tables.sizes(found.candidates, top),
        "vertical": lambda: tables.vertical(found),
        "functions": lambda: tables.functions(found.matches),
        "fleet": lambda: tables.bill(found.fleet, "fleet", "The fleet's bill"),
        "function": lambda: tables.bill(found.function, "function", "The function's bill"),
        "sensitivity": lambda: tables.sensitivity(found),
    }
    shown = [drawn[view]() for view in views]
    warnings = _warnings(found)
    _print(shown, form, language, found, warnings)
    if charts:
        _draw(charts, found, language)
    if report:
        from scripts.cost.report import report as written

        _write(report, written(found, shown, _summary(question), warnings, language).encode())
        click.echo(f"Wrote {report}.", err=True)
    _hold_to(budget, found.fleet, "fleet")


def _print(shown: list[Table], form: str, language: Language, found: Study, warnings: list[str]) -> None:
    from scripts.cost import render

    if form == "json":
        click.echo(render.as_json(shown))
    elif form == "csv":
        click.echo(render.as_csv(shown[0]), nl=False)
    elif form == "markdown":
        from scripts.cost.words import say

        parts = [
            f"### {say(table.title, language)}\n\n{render.as_markdown(table, language)}" for table in shown
        ]
        click.echo("\n\n".join(parts))
    elif form == "html":
        from scripts.cost.report import report

        click.echo(report(found, shown, _summary(found.question), warnings, language))
    else:
        console = _console()
        console.print(_summary(found.question), highlight=False)
        render.on_console(shown, console, language)
    for warning in warnings:
        click.echo(f"Warning: {warning}", err=True)


def _console() -> Console:
    """Return the terminal, or a page wide enough for every table where there is none."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=PAGE_WIDTH)


def _price_stack(
    question: Question,
    stack: str,
    settings: tuple[str, ...],
    reference: str | None,
    form: str,
    language: Language,
    budget: float | None,
) -> None:
    from rich.console import Console

    from scripts.cost import tables
    from scripts.cost.prices import load
    from scripts.cost.stack import StackError, read_stack, stack_bill

    regions = load()

    def priced(shape: StackShape) -> Bill:
        prices = regions.region(shape.region)
        return stack_bill(shape, question.demand, question.capacity, prices, question.assumptions)

    try:
        with Console(stderr=True).status("Running the Pulumi program under mocks"):
            shape = read_stack(stack, settings)
            now = priced(shape)
            before = priced(read_stack(stack, reference=reference)) if reference else None
    except StackError as error:
        raise click.ClickException(str(error)) from error
    table = tables.against(before, now) if before else tables.bill(now, "stack", "The stack's bill")
    _print_one(table, form, language)
    _warn_of_unpriced(shape)
    if shape.fleet and _overloaded(shape.fleet, question, regions.region(shape.region)):
        click.echo("Warning: the stack's most instances are too few for this demand.", err=True)
    _hold_to(budget, now, "stack")


def _overloaded(fleet: FleetShape, question: Question, prices: RegionPrices) -> bool:
    from scripts.cost.fleet import instances

    running = instances(fleet, question.demand, question.capacity, prices, question.assumptions)
    return running.overloaded


def _hold_to(budget: float | None, bill: Bill, what: str) -> None:
    if budget is not None and bill.usd > budget:
        raise click.ClickException(
            f"The {what} costs {bill.usd:.2f} USD a month, which is above the budget of {budget:.2f}."
        )


def _print_one(table: Table, form: str, language: Language) -> None:
    from scripts.cost import render

    if form == "json":
        click.echo(render.as_json([table]))
    elif form == "csv":
        click.echo(render.as_csv(table), nl=False)
    elif form == "markdown":
        click.echo(render.as_markdown(table, language))
    elif form == "html":
        click.echo(render.as_html(table, language))
    else:
        render.on_console([table], _console(), language)


def _show_months(
    question: Question, growth: float, horizon: int, form: str, language: Language, budget: float | None
) -> None:
    from scripts.cost.fleet import fleet_bill
    from scripts.cost.function import function_bill
    from scripts.cost.growth import month_by_month

    ask = question
    ask.prices.instance(ask.shape.instance_type)
    ways: dict[str, Callable[[Demand], Bill]] = {
        "The fleet's bill": lambda it: fleet_bill(ask.shape, it, ask.capacity, ask.prices, ask.assumptions),
        "The function's bill": lambda it: function_bill(
            ask.function, it, ask.capacity, ask.prices, ask.assumptions
        ),
    }
    found = month_by_month(ask.demand, growth, horizon, list(ways.values()))
    _print_months(found, list(ways), form, language)
    _hold_months_to(budget, found, "fleet")


def _show_stack_months(
    question: Question,
    growth: float,
    horizon: int,
    stack: str,
    settings: tuple[str, ...],
    form: str,
    language: Language,
    budget: float | None,
) -> None:
    from dataclasses import replace

    from rich.console import Console

    from scripts.cost.growth import month_by_month
    from scripts.cost.prices import load
    from scripts.cost.stack import StackError, read_stack, stack_bill

    ask = question
    try:
        with Console(stderr=True).status("Running the Pulumi program under mocks"):
            shape = read_stack(stack, settings)
    except StackError as error:
        raise click.ClickException(str(error)) from error
    prices = load().region(shape.region)
    found = month_by_month(
        ask.demand,
        growth,
        horizon,
        [lambda it: stack_bill(shape, it, ask.capacity, prices, ask.assumptions)],
    )
    _print_months(found, ["The stack's bill"], form, language)
    _warn_of_unpriced(shape)
    if shape.fleet:
        for month in found:
            if _overloaded(shape.fleet, replace(ask, demand=month.demand), prices):
                text = f"Warning: in month {month.number} the stack's most instances are too few."
                click.echo(text, err=True)
                break
    _hold_months_to(budget, found, "stack")


def _print_months(found: list[Month], titles: list[str], form: str, language: Language) -> None:
    from scripts.cost import tables

    _print_one(tables.months(found, titles), form, language)


def _hold_months_to(budget: float | None, found: list[Month], what: str) -> None:
    dearest = max(found, key=lambda it: it.bills[0].usd)
    _hold_to(budget, dearest.bills[0], f"{what} in month {dearest.number}")


def _warn_of_unpriced(shape: StackShape) -> None:
    for kind in shape.unpriced:
        click.echo(f"Warning: {kind} has no price here, so the bill leaves it out.", err=True)


def _show_regions(question: Question, form: str, language: Language) -> None:
    from dataclasses import replace

    from rich.console import Console

    from scripts.cost import tables
    from scripts.cost.prices import load
    from scripts.cost.sizes import compare

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
    table = tables.regions(sorted(found, key=lambda it: it[1].usd))
    _print_one(table, form, language)


def _draw(folder: Path, found: Study, language: Language) -> None:
    from scripts.cost.charts import ChartName, Format, draw

    for name in get_args(ChartName):
        for form in get_args(Format):
            _write(folder / f"{name}.{form}", draw(name, found, language, form))
    click.echo(f"Wrote {len(get_args(ChartName))} charts into {folder}.", err=True)


def _warnings(found: Study) -> list[str]:
    """Say which of the figures that were used are too old to rely on."""
    from datetime import UTC, datetime

    from scripts.cost.prices import STALE_DAYS, stale

    used = {*found.fleet.provenances, *found.function.provenances}
    used.update(it for row in found.candidates for line in row.running.lines for it in line.provenances)
    old = stale(used, datetime.now(UTC).date())
    if not old:
        return []
    oldest = f"{old[0].as_of or 'no known date'} ({old[0].source})"
    told = (
        f"{len(old)} of {len(used)} price sources are older than {STALE_DAYS} days, the oldest of {oldest}."
    )
    return [f"{told} `iris prices refresh` renews list prices."]


def _summary(question: Question) -> str:
    demand, capacity = question.demand, question.capacity
    return (
        f"{demand.mean:,.6g} requests a second on average, {demand.peak:,.6g} at the peak, in "
        f"{question.prices.name}; {capacity.requests_per_second_per_vcpu:,.0f} requests a second and vCPU, "
        f"{capacity.basis} on {capacity.machine} ({capacity.measured_on}, {capacity.commit})."
    )


def _write(path: Path, content: bytes) -> None:
    from scripts.atomic import replacing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as out:
            out.write(content)
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from error
