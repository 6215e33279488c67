"""`iris cost`: what serving predictions costs, and which way of serving them costs least."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from scripts.cost.cli.printing import FORMATS, Output, warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.cost.bill.purchase_options import Commitment
    from scripts.cost.output.translations import Language

VIEWS: Final = ("sizes", "vertical", "functions", "fleet", "function", "sensitivity")
CLOUDWATCH: Final = "cloudwatch"
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
  iris cost --preview preview.json              from `pulumi preview --json --show-sames`
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
@click.option(
    "--preview",
    help="Price what a stack will be instead: a file with what `pulumi preview --json --show-sames` printed, "
    "or - for standard input.",
)
@click.option(
    "--config",
    "settings",
    multiple=True,
    help="With --stack: key=value, to try a setting; what --against names is taken without it.",
)
@click.option("--against", help="With --stack or --preview: a branch or commit to compare the stack with.")
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
    preview: str | None,
    settings: tuple[str, ...],
    against: str | None,
    budget: float | None,
) -> None:
    """Compare what it costs to answer your traffic: instance sizes, one big machine, a fleet, a function.

    Sizes a fleet for every hour of a week so that it survives the loss of a zone, prices every line of the
    bill from a dated price list, and says of each number whether it is listed, measured, scaled or assumed.
    """
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.bill.function import FunctionShape
    from scripts.cost.bill.purchase_options import Purchase
    from scripts.cost.bill.shared_services import Surroundings
    from scripts.cost.bill.sizing import Policy
    from scripts.cost.capacity.vcpu_throughput import CapacityError, read
    from scripts.cost.cli import stack_reports, traffic_reports
    from scripts.cost.comparison.study import Question
    from scripts.cost.demand.weekly_demand import Demand, DemandError
    from scripts.cost.prices.nearest import UnknownNameError
    from scripts.cost.prices.snapshot import SnapshotError, load
    from scripts.program.resources import StackError

    of_stack = stack is not None or preview is not None
    more = views or families or charts or report
    _refuse(
        {
            "--stack and --preview are two ways to say the same: take one.": stack and preview,
            "--config goes with --stack.": settings and not stack,
            "--against goes with --stack or --preview.": against is not None and not of_stack,
            "--show, --family, --charts and --report go neither with --all-regions nor with a stack.": (
                (all_regions or of_stack) and more
            ),
            "--all-regions goes neither with a stack nor with --budget.": (
                all_regions and (of_stack or budget is not None)
            ),
            "--months goes neither with --after, --all-regions and --against nor with what shows more.": (
                horizon and (months or all_regions or against is not None or more)
            ),
            "--config takes key=value.": any("=" not in setting for setting in settings),
            "CSV holds one table: choose it with one --show.": (
                form == "csv" and len(views) != 1 and not (all_regions or of_stack or horizon)
            ),
        }
    )
    try:
        rates = _rates(rate, peak_factor, source, region)
        demand = Demand(rates=rates, request_bytes=request_bytes, response_bytes=response_bytes).grown(
            growth, months
        )
        around = Surroundings(zones=zones)
        question = Question(
            demand=demand,
            capacity=read(capacity) if capacity else read(),
            prices=load().region(region),
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
        output = Output(form=form, language=cast("Language", lang), budget=budget)
        described = stack_reports.Source(stack=stack, settings=settings, preview=preview)
        if all_regions:
            traffic_reports.regions(question, output)
        elif horizon and of_stack:
            stack_reports.months(question, growth, horizon, described, output)
        elif horizon:
            traffic_reports.months(question, growth, horizon, output)
        elif of_stack:
            stack_reports.bill_now(question, described, against, output)
        else:
            wanted = traffic_reports.Wanted(views=views or VIEWS, top=top, charts=charts, report=report)
            traffic_reports.comparison(question, wanted, output)
    except (UnknownNameError, DemandError, CapacityError, SnapshotError, StackError) as error:
        raise click.ClickException(str(error)) from error


def _refuse(mistakes: Mapping[str, object]) -> None:
    """Stop at the first mistake that was made: at a text whose value is true."""
    for text, made in mistakes.items():
        if made:
            raise click.UsageError(text)


def _rates(rate: float, peak_factor: float | None, source: str | None, region: str) -> tuple[float, ...]:
    from scripts.cost.demand import weekly_demand as demand

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

    from scripts.cost.demand.cloudwatch import read_week
    from scripts.cost.demand.weekly_demand import DemandError

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
        warn(
            f"CloudWatch has no figure for {len(week.silent)} hours, the first of "
            f"{week.silent[0]:%Y-%m-%d %H:%M} UTC; they count as no requests."
        )
    return week.rates
