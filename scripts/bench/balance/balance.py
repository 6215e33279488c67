"""`iris balance`: methods of load balancing, compared on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from scripts.bench.balance.methods import METHODS, select
from scripts.console.options import FiniteRange, table_format_option

if TYPE_CHECKING:
    from scripts.bench.balance.results import MethodComparison

EPILOG: Final = """\b
Methods of Envoy:
  round_robin                      one target after the other
  weighted_random                  at random; all weights are equal
  weighted_random_with_mitigation  fewer requests for targets with errors
  least_outstanding_requests       the target with the fewest requests in progress
  least_load                       weights by the load that instances report
\b
Methods of the client:
  client_round_robin, client_random, client_least_connections,
  client_power_of_two_choices
\b
Examples:
  iris balance compare --only round_robin --only least_outstanding_requests
  iris balance compare --seconds 30 --rounds 5 --chart build/balance.svg
"""


@click.group()
def balance() -> None:
    """Compare methods of load balancing on an uneven fleet."""


@balance.command(epilog=EPILOG)
@click.option(
    "--seconds",
    type=FiniteRange(1, 600),
    default=10,
    show_default=True,
    help="Duration of each turn of each method, after 3 s of warm-up.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="Turns of each method; the methods take turns.",
)
@click.option(
    "--rate",
    type=FiniteRange(1, 1_000),
    default=30,
    show_default=True,
    help="Requests per second, sent at random moments, whether or not the ones before are answered.",
)
@click.option(
    "--only",
    "names",
    multiple=True,
    type=click.Choice([method.name for method in METHODS]),
    help="Method to measure; may be repeated.  [default: all]",
)
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SVG file to write.  [default: none]",
)
@table_format_option
def compare(
    seconds: float, rounds: int, rate: float, names: tuple[str, ...], chart: Path | None, form: str
) -> None:
    """Measure the spread, the latency and the errors of each method on the same uneven fleet.

    Four processes of the service: two that run freely, one that is stopped (SIGSTOP) for so much of each 200
    ms that it gets through about five batches per second, and one that is started anew before each turn. In
    front of them is Envoy with the settings of a local cloud for each algorithm of a target group, or no load
    balancer but the transport of client/ with each of its choices. Each request is a batch of 200 rows, which
    takes a process a millisecond. The load is the same for all methods, to the moment of each request.
    """
    from scripts.bench.balance.results import print_comparison
    from scripts.console.termination import exit_on_signal

    if chart is not None and not chart.absolute().parent.is_dir():
        raise click.ClickException(f"Cannot write {chart}: its folder does not exist.")
    with exit_on_signal():
        comparison = _compare(seconds, rounds, rate, names)
    if chart is not None:
        _draw(comparison, chart)
    if form == "json":
        click.echo(json.dumps(asdict(comparison), indent=2))
    else:
        print_comparison(comparison)


def _compare(seconds: float, rounds: int, rate: float, names: tuple[str, ...]) -> MethodComparison:
    from scripts.bench.balance.measurement import measure
    from scripts.console.steps import StepDisplay
    from scripts.cost.capacity.vcpu_throughput import CapacityError
    from scripts.training.train import train_missing

    train_missing()
    try:
        with StepDisplay("Starting the instances") as display:
            return measure(
                select(names), seconds=seconds, rounds=rounds, rate=rate, on_progress=display.update
            )
    except (CapacityError, TimeoutError) as error:
        raise click.ClickException(f"Cannot measure: {error}") from error


def _draw(comparison: MethodComparison, file: Path) -> None:
    from scripts.console.atomic_write import atomic_write
    from scripts.console.extras import require

    require("charts")
    from scripts.bench.balance import balance_chart

    try:
        with atomic_write(file) as opened:
            balance_chart.draw(comparison, opened, "svg")
    except OSError as error:
        raise click.ClickException(f"Cannot write {file}: {error.strerror}.") from error
    click.echo(f"Wrote {file}.", err=True)
