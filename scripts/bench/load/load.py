"""`iris load`: open-loop load on a running service, and its report."""

from __future__ import annotations

import json
from dataclasses import asdict
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from typing_extensions import override

from scripts.bench.load.demand import MAXIMUM_SECONDS
from scripts.console.exit_status import INTERRUPTED
from scripts.console.options import FiniteRange, table_format_option

if TYPE_CHECKING:
    from scripts.bench.load.results import LoadResult

PROJECT: Final = Path(__file__).resolve().parents[3]

MAXIMUM_RATE: Final = 20_000.0
"""Maximum rate, in requests per second; beyond some thousand, the generator is the bottleneck."""

MAXIMUM_ADDRESSES: Final = 256
"""Maximum number of addresses to send from, each with connections of its own."""


EPILOG: Final = """\b
Examples:
  iris load                                  the local cloud, 50 requests per second for 30 s
  iris load --ramp 10:300 --seconds 60       a rate that grows
  iris load --steps 50,100,200 --seconds 60  20 s of each rate
  iris load --curve day --rate 200           a day in 30 s, 200 requests per second at its peak
  iris load --replay access.log --speed 10   the requests of a log, ten times as fast
  iris load https://example.com --report build/load.html
"""


class Rates(click.ParamType[tuple[float, ...]]):
    """Rates that are separated by a character."""

    name = "rates"

    def __init__(self, separator: str, maximum: int) -> None:
        """Create the type for at least two rates, and a maximum number of them."""
        self._separator = separator
        self._maximum = maximum

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value  # pyright: ignore[reportUnknownVariableType] - it is converted already
        parts = str(value).split(self._separator)
        form = self._separator.join(("10", "100") if self._maximum == 2 else ("10", "50", "100"))  # noqa: PLR2004
        if not 2 <= len(parts) <= self._maximum:  # noqa: PLR2004 - one is `--rate`
            self.fail(f"{value!r} is not of the form {form}.", param, ctx)
        rates = tuple(FiniteRange(0, MAXIMUM_RATE).convert(part, param, ctx) for part in parts)
        if not any(rates):
            self.fail(f"{value!r} has no requests.", param, ctx)
        return rates


class Addresses(click.ParamType[tuple[str, ...]]):
    """IP address or range, as the addresses in it."""

    name = "addresses"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value  # pyright: ignore[reportUnknownVariableType] - it is converted already
        try:
            network = ip_network(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)
        if network.num_addresses > MAXIMUM_ADDRESSES:
            self.fail(f"{value} has more than {MAXIMUM_ADDRESSES} addresses.", param, ctx)
        return tuple(map(str, network.hosts()))


@click.command(epilog=EPILOG)
@click.argument("url", required=False)
@click.option(
    "--rate",
    type=FiniteRange(0.1, MAXIMUM_RATE),
    help="Requests per second, or those at the peak of a curve.  [default: 50, or the curve's own]",
)
@click.option(
    "--seconds",
    type=FiniteRange(0.5, MAXIMUM_SECONDS),
    default=30,
    show_default=True,
    help="Duration; a curve or steps are fitted into it.",
)
@click.option("--ramp", type=Rates(":", 2), metavar="FROM:TO", help="A rate that changes evenly.")
@click.option("--steps", type=Rates(",", 100), metavar="R,R,...", help="Rates one after the other.")
@click.option("--curve", metavar="day|CSV", help="Rates of a day's 24 or a week's 168 hours, one per row.")
@click.option(
    "--replay",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="LOG",
    help="Access log (common, combined or ALB) whose requests without a body are sent again.",
)
@click.option(
    "--speed", type=FiniteRange(0.001, 10_000), default=1, show_default=True, help="Speed of the replay."
)
@click.option(
    "--arrivals",
    type=click.Choice(["random", "even"]),
    default="random",
    show_default=True,
    help="Moments of a Poisson process, as of independent clients, or equal distances.",
)
@click.option(
    "--predictor", help="Predictor to call, with its example.  [default: flowers for the default one]"
)
@click.option(
    "--connections",
    type=click.IntRange(1, 10_000),
    default=256,
    show_default=True,
    help="Maximum number of connections.",
)
@click.option(
    "--timeout",
    type=FiniteRange(0.1, 600),
    default=10,
    show_default=True,
    help="Seconds for a response, from the moment at which its request is due.",
)
@click.option(
    "--source",
    "sources",
    type=Addresses(),
    default=(),
    metavar="ADDRESS|RANGE",
    help="Local address to send from, or a range that is used in turns, as of many clients: 127.0.1.0/24 on "
    "Linux.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="HTML page with a chart, or its chart as SVG, to write.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / ".local",
    envvar="IRIS_LOCAL_HOME",
    show_default="./.local",
    help="Folder of the local cloud that is loaded without a URL.",
)
@table_format_option
def load(  # noqa: PLR0913 (one for each option)
    *,
    url: str | None,
    rate: float | None,
    seconds: float,
    ramp: tuple[float, ...] | None,
    steps: tuple[float, ...] | None,
    curve: str | None,
    replay: Path | None,
    speed: float,
    arrivals: str,
    predictor: str | None,
    connections: int,
    timeout: float,
    sources: tuple[str, ...],
    report: Path | None,
    home: Path,
    form: str,
) -> None:
    """Send requests to a service at a rate, and verify every answer.

    The model is open: a request is sent when it is due, whether or not those before are answered, and its
    latency counts from that moment, so that a service that stalls hides nothing (coordinated omission). The
    answers of the default predictor must be the species of the data set's flowers; those of another one, and
    those of a log, must be the same each time. Ctrl-C ends the load with the report so far.
    """
    from scripts.bench.load.plan import PlanError, make_plan
    from scripts.bench.load.session import find_url, run_load
    from scripts.bench.load.target import TargetError
    from scripts.console.steps import StepDisplay

    if sum(each is not None for each in (ramp, steps, curve, replay)) > 1:
        raise click.UsageError("--ramp, --steps, --curve and --replay exclude one another.")
    if rate is not None and (ramp or steps or replay):
        raise click.UsageError("--rate does not go with --ramp, --steps and --replay, which have rates.")
    if report is not None and report.suffix not in {".html", ".svg"}:
        raise click.UsageError("--report is a file that ends in .html or .svg.")
    try:
        plan = make_plan(
            rate=rate, seconds=seconds, ramp=ramp, steps=steps, curve=curve, replay=replay, speed=speed
        )
        with StepDisplay("Looking for the service") as display:
            result = run_load(
                url or find_url(home),
                plan,
                predictor=predictor,
                seed=1 if arrivals == "random" else None,
                connections=connections,
                timeout=timeout,
                sources=sources,
                on_progress=display.update,
            )
    except (PlanError, TargetError) as error:
        raise click.ClickException(f"{error}.") from None
    _show(result, form, report)
    if not result.is_good:
        raise SystemExit(1)
    if result.interrupted:
        raise SystemExit(INTERRUPTED)


def _show(result: LoadResult, form: str, report: Path | None) -> None:
    if report is not None:
        _write(result, report)
    if form == "json":
        click.echo(json.dumps(asdict(result), indent=2))
    else:
        from scripts.bench.load.report import print_report

        print_report(result)


def _write(result: LoadResult, file: Path) -> None:
    from scripts.bench.load.report import html_report
    from scripts.console.atomic_write import atomic_write
    from scripts.console.extras import require

    require("charts")
    from scripts.bench.load.load_chart import draw

    try:
        with atomic_write(file) as opened:
            if file.suffix == ".svg":
                draw(result, opened)
            else:
                opened.write(html_report(result).encode())
    except OSError as error:
        raise click.ClickException(f"Cannot write {file}: {error.strerror}.") from error
    click.echo(f"Wrote {file}.", err=True)
