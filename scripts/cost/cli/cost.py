"""`iris cost`: comparison of the costs of serving predictions, or the bill of a stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from scripts.console.options import FiniteFloat, FiniteRange
from scripts.cost.cli.modes import (
    ALL,
    CHOSEN,
    PROJECTIONS,
    RESOURCES,
    STACKS,
    TRAFFIC,
    Mode,
    reject_idle_options,
    scoped_option,
)
from scripts.cost.cli.options import MAXIMUM_RATE, VIEWS, CostOptions, reject_conflicts
from scripts.cost.cli.printing import FORMATS
from scripts.cost.cli.spanish_command import SpanishCommand
from scripts.cost.prices.commitments import COMMITMENTS

MAXIMUM_BYTES: Final = 10**9
"""Maximum size of a request or a response, in bytes; a larger one is more likely a typing error."""

MAXIMUM_INSTANCES: Final = 500
"""Maximum of `--least`: that of the key `minInstances`."""

EXAMPLES: Final = """\b
Examples:
  iris cost --rate 500 --peak-factor 4          your own traffic
  iris cost --show functions --rate 5           fleet or Lambda?
  iris cost --demand week.csv --report cost.html
  iris cost --demand cloudwatch:prod            the traffic of a deployed stack
  iris cost --growth 10 --months 12             the bills of a year of growth, month by month
  iris cost --stack dev --rate 5 --budget 100   for CI: fails above 100 USD per month
  iris cost --stack dev --against main          the cost of a change of the configuration
  iris cost --preview preview.json              from `pulumi preview --json --show-sames`
"""


@click.command(cls=SpanishCommand, context_settings={"max_content_width": 110}, epilog=EXAMPLES)
@scoped_option(
    "--region",
    help="AWS region.  [default: us-east-1; with --stack, that of the stack or of the environment]",
    modes=CHOSEN | RESOURCES | {Mode.REGIONS},
)
@scoped_option(
    "--rate",
    type=FiniteRange(0, MAXIMUM_RATE),
    default=2_000.0,
    show_default=True,
    help="Requests per second, averaged over the week.",
    modes=ALL,
    excluded_by=["demand_source"],
)
@scoped_option(
    "--peak-factor",
    type=FiniteFloat(),
    help="Ratio of the busiest hour to the average; 1 = constant traffic.  [default: a typical week]",
    modes=ALL,
    excluded_by=["demand_source"],
)
@scoped_option(
    "--demand",
    "demand_source",
    help="CSV file with requests per second for each hour of a day, or of a week from Monday on, instead of "
    "--rate; or cloudwatch:STACK for the last week of a deployed stack: its requests, bytes, "
    "connections, capacity units and durations.",
    modes=ALL,
)
@scoped_option(
    "--growth",
    type=FiniteRange(-99, 100),
    default=0.0,
    help="Growth in percent per month.",
    modes=ALL,
    needs=["projected_months", "months_of_growth"],
)
@scoped_option(
    "--months",
    "projected_months",
    type=click.IntRange(1, 120),
    help="With --growth: show the bill of today and of each of the next months instead.",
    modes=PROJECTIONS,
)
@scoped_option(
    "--after",
    "months_of_growth",
    type=click.IntRange(0, 120),
    default=0,
    help="Months of growth before the month that is shown.",
    modes=ALL - PROJECTIONS,
    needs=["growth"],
)
@scoped_option(
    "--request-bytes",
    type=click.IntRange(1, MAXIMUM_BYTES),
    help="Headers included.  [default: 500]",
    modes=ALL,
)
@scoped_option(
    "--response-bytes",
    type=click.IntRange(1, MAXIMUM_BYTES),
    help="Headers included.  [default: 350, or as CloudWatch measured it]",
    modes=ALL,
)
@scoped_option(
    "--instance-type",
    help="Instance type of the fleet's bill.  [default: the cheapest one that carries the load]",
    modes=CHOSEN,
)
@scoped_option(
    "--family",
    "families",
    multiple=True,
    help="Compare this family only; may be repeated.",
    modes={Mode.COMPARISON},
)
@scoped_option(
    "--memory",
    "minimum_memory_gib",
    type=FiniteRange(0),
    default=1.0,
    show_default=True,
    help="Minimum GiB of the types that are compared.",
    modes=TRAFFIC - PROJECTIONS,
)
@scoped_option(
    "--zones",
    type=click.IntRange(2, 3),
    default=2,
    show_default=True,
    help="Availability zones.",
    modes=TRAFFIC,
)
@scoped_option(
    "--least",
    "minimum_instances",
    type=click.IntRange(1, MAXIMUM_INSTANCES),
    default=2,
    show_default=True,
    help="Minimum number of instances.",
    modes=TRAFFIC,
)
@scoped_option(
    "--utilisation",
    "target_utilisation_percent",
    type=click.IntRange(1, 100),
    default=60,
    show_default=True,
    help="Target utilisation of an instance, in percent of its throughput.",
    modes=TRAFFIC,
)
@scoped_option(
    "--commitment",
    type=click.Choice(COMMITMENTS),
    default="none",
    show_default=True,
    help="Term of reserved instances, which are used where they run enough to pay off, and of a Compute "
    "Savings Plan for the function's duration; without a payment: all upfront.",
    modes=ALL,
)
@scoped_option(
    "--spot",
    "spot_percent",
    type=click.IntRange(0, 100),
    default=0,
    help="Percent of the other instances at spot.",
    modes=TRAFFIC,
)
@scoped_option(
    "--standard-credits",
    is_flag=True,
    help="Burstable instances are throttled instead of charged.",
    modes=TRAFFIC,
)
@scoped_option(
    "--no-firewall", is_flag=True, help="Neither fleet nor function has a firewall.", modes=TRAFFIC
)
@scoped_option(
    "--no-access-logs",
    is_flag=True,
    help="Neither load balancer nor API logs requests; Lambda still writes its own lines.",
    modes=TRAFFIC,
)
@scoped_option(
    "--function-memory",
    "function_memory_mb",
    type=click.IntRange(128, 10_240),
    default=1_769,
    show_default=True,
    help="MB.",
    modes=CHOSEN,
)
@scoped_option(
    "--free-tier", is_flag=True, help="No other use in the account counts against the free tiers.", modes=ALL
)
@scoped_option(
    "--capacity",
    "capacity_file",
    type=click.Path(path_type=Path),
    help="Measurement to scale from, as `iris capacity` writes it.  [default: the project's own measurement]",
    modes=ALL,
)
@scoped_option(
    "--assume",
    "assumed",
    multiple=True,
    help="name=value, in place of an assumption that `--show assumptions` lists; may be repeated.",
    modes=ALL,
)
@scoped_option(
    "--assumptions",
    "assumption_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML or JSON file with assumptions, by name; --assume overrides it.",
    modes=ALL,
)
@scoped_option(
    "--all-regions",
    is_flag=True,
    help="Show the cheapest instance type of every region instead.",
    modes={Mode.REGIONS},
)
@scoped_option(
    "--show",
    "views",
    multiple=True,
    type=click.Choice(VIEWS),
    help="Tables to show.  [default: all]",
    modes={Mode.COMPARISON},
)
@scoped_option(
    "--top",
    type=click.IntRange(1),
    help="Instance types to show.  [default: 12]",
    modes={Mode.COMPARISON},
)
@scoped_option(
    "--charts",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for charts, SVG and PNG.",
    modes={Mode.COMPARISON},
)
@scoped_option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the report as an HTML page, too.",
    modes=ALL,
)
@scoped_option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="Format of the report.",
    modes=ALL,
)
@scoped_option(
    "--lang",
    "language",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the report, of errors and of this help.",
    modes=ALL,
)
@scoped_option(
    "--stack",
    help="Price the resources of this stack instead, as the Pulumi program requests them.",
    modes=STACKS,
)
@scoped_option(
    "--preview",
    help="Price the resources of a preview instead: a file with the output of `pulumi preview --json "
    "--show-sames`, or - for standard input.",
    modes=RESOURCES - STACKS,
)
@scoped_option(
    "--config",
    "settings",
    multiple=True,
    help="With --stack: key=value, to try a setting, which does not apply to --against.",
    modes=STACKS,
)
@scoped_option(
    "--against",
    help="With --stack or --preview: branch or commit to compare the stack with.",
    modes=RESOURCES - PROJECTIONS,
)
@scoped_option(
    "--budget",
    type=FiniteRange(0),
    help="Fail if the bill is above this many USD per month.",
    modes=ALL - {Mode.REGIONS},
)
@click.pass_context
def cost(context: click.Context, **values: Any) -> None:  # noqa: ANN401 (the options above)
    """Compare the costs of serving your traffic: instance types, one big machine, a fleet, a function.

    Sizes a fleet for every hour of a week so that it survives the loss of a zone, prices every line of the
    bill from a dated price list, and marks each number as listed, measured, scaled or assumed. An option that
    would do nothing is refused.
    """
    from scripts.cost.bill.assumptions import AssumptionError
    from scripts.cost.capacity.vcpu_throughput import CapacityError
    from scripts.cost.cli.reports import show_report
    from scripts.cost.comparison.instance_types import NoInstanceTypeError
    from scripts.cost.demand.weekly_demand import DemandError
    from scripts.cost.prices.snapshot import SnapshotError, UnknownNameError
    from scripts.program.resources import StackError

    mode = reject_idle_options(context)
    options = CostOptions(**values)
    reject_conflicts(options, mode)
    try:
        show_report(options, mode)
    except (
        *(UnknownNameError, NoInstanceTypeError, DemandError, CapacityError),
        *(SnapshotError, StackError, AssumptionError),
    ) as error:
        raise click.ClickException(str(error)) from error
