"""`iris bench service`: requests per second of this service and of other servers."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from scripts.bench.measurement_conditions import measure_conditions
from scripts.bench.output import BENCH, output_option, print_conditions, writable_folder, write
from scripts.bench.serving import wrk
from scripts.bench.serving.rounds import BenchPlan, measure, measure_workers
from scripts.bench.serving.server_candidates import CANDIDATES, ONE, OURS, BenchFolders
from scripts.bench.serving.servers import ServerError
from scripts.bench.serving.serving_report import DISTRIBUTIONS, LABELS, ServingReport
from scripts.bench.serving.virtual_environments import version_of
from scripts.bench.serving.wine_candidates import WINE_CANDIDATES
from scripts.console.extras import require
from scripts.console.options import format_option
from scripts.console.progress import ReportedProgress
from scripts.console.terminal import Terminal
from scripts.training.train import PREDICTORS, train_missing

if TYPE_CHECKING:
    from pathlib import Path

_ITEMS: Final = {"iris": "flower", "wine": "wine of 13 features"}
"""Model -> word for one row."""

_FILES: Final = {"iris": "service", "wine": "wine"}
"""Model -> name of the files of its report."""


@click.command(epilog="Example: iris bench service --rounds 3 --only tutorial --only mlserver")
@click.option(
    "--rounds",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="Number of measurements of each server.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 600),
    default=3,
    show_default=True,
    help="Length of each measurement in seconds.",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 10_000),
    default=32,
    show_default=True,
    help="Number of connections, each of which repeats its request after every answer.",
)
@click.option(
    "--only",
    type=click.Choice([name for name in LABELS if name != "floor"]),
    multiple=True,
    help="Server to measure besides the floor and this service; may be repeated.  [default: all of them]",
)
@click.option(
    "--data",
    type=click.Choice(("iris", "wine")),
    default="iris",
    show_default=True,
    help="Model: of iris, with 4 features, or of wine, with 13, which this service and the tutorial serve.",
)
@output_option
@format_option
def service(
    *, rounds: int, seconds: int, connections: int, only: tuple[str, ...], data: str, output: Path, form: str
) -> None:
    """Measure the requests for one flower per second, with one worker on one core.

    The floor is the same server (uvicorn) with a bare ASGI application and a static answer; its ratio is 1 by
    definition. This service can be faster, as it answers plain requests as soon as they are parsed, before
    ASGI starts. The other servers are measured in turns, each right after the floor, so that the ratios hold
    on a noisy machine: FastAPI as documented, the tutorial's unpickled model behind FastAPI, MLServer,
    LitServe, BentoML and Ray Serve, each in a separate environment that is created in the first run. The
    server has one core, and the load generator (wrk) the others. All of them take about 15 minutes.

    Ray Serve is made for clusters of many cores: here its proxy, its replica and the cluster's own processes
    share the one core, and its figure says little about larger machines.

    --data wine measures a model of 13 features by the bare server, this service and the tutorial. Writes
    service.json, service.png and service.svg, or wine.json, wine.png and wine.svg.
    """
    if data == "wine" and set(only) - {OURS, "tutorial"}:
        raise click.UsageError("--data wine is served by ours and the tutorial only.")
    try:
        wrk.require()
        with writable_folder(output):
            report = _measure(_plan(rounds, seconds, connections), only, data)
            _write(report, output, _FILES[data])
    except (wrk.WrkError, ServerError) as error:
        raise click.ClickException(f"Cannot measure: {error}") from error
    if form == "json":
        click.echo(json.dumps(asdict(report)))
    else:
        _print(report, output, data)


def split_cores() -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """Return one core for the server and the others for the load generator; None if they can't be set."""
    # macOS can't bind a process to a core.
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return ((cores[0],), tuple(cores[1:])) if len(cores) > 1 else (None, None)


def _plan(rounds: int, seconds: int, connections: int) -> BenchPlan:
    server_cores, client_cores = split_cores()
    return BenchPlan(
        rounds=rounds,
        seconds=seconds,
        connections=connections,
        server_cores=server_cores,
        client_cores=client_cores,
    )


def _measure(plan: BenchPlan, only: tuple[str, ...], data: str) -> ServingReport:
    BENCH.mkdir(parents=True, exist_ok=True)
    train_missing()
    bench = BenchFolders(folder=BENCH, predictors=PREDICTORS)
    every = CANDIDATES if data == "iris" else WINE_CANDIDATES
    chosen = [it for it in every if not only or it.name in only or it.name in {"floor", OURS}]
    numbers = (1, 2) if data == "iris" and (not only or OURS in only) else ()
    with ReportedProgress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    ) as progress:
        task = progress.add_task("Measuring in turns", total=plan.rounds * (len(chosen) + len(numbers)))

        def on_progress(name: str) -> None:
            progress.update(task, advance=1, description=f"Measuring in turns: {LABELS.get(name, name)}")

        before = measure_conditions(DISTRIBUTIONS)
        measured = measure(chosen, bench, plan, on_progress=on_progress)
        workers = measure_workers(bench, plan, numbers, on_progress=on_progress)
    return ServingReport(
        conditions=before,
        plan=plan,
        results=measured.results,
        pss_megabytes=measured.pss_megabytes,
        absent=measured.absent,
        versions={it.name: version_of(it.distribution) for it in chosen if it.distribution},
        workers=workers,
        item=_ITEMS[data],
    )


def _write(report: ServingReport, output: Path, name: str) -> None:
    # matplotlib takes a while to import, and is not needed for --help.
    require("charts")
    from scripts.bench.serving import serving_chart

    write(output, name, asdict(report), partial(serving_chart.draw, report))


def _print(report: ServingReport, output: Path, data: str) -> None:
    console = Terminal()
    console.print(_one_row(report))
    if any(len(kinds) > 1 for kinds in report.results.values()):
        console.print(_other_requests(report))
    if report.workers:
        one, two = report.workers[1], report.workers[2]
        console.print(
            f"Ours with two workers: {two / one:.2f} times one worker; the load generator uses the same "
            "cores.",
            highlight=False,
        )
    for name, kinds in report.results.items():
        if failed := sum(result.failed for result in kinds.values()):
            console.print(f"{LABELS[name]} did not answer {failed:,} requests.", style="yellow")
    for name, reason in report.absent.items():
        console.print(f"{LABELS[name]} was not measured: {reason}", style="yellow", highlight=False)
    print_conditions(console, report.conditions, output, _FILES[data])


def _one_row(report: ServingReport) -> Table:
    plan = report.plan
    table = Table(
        title=f"One {report.item} by POST: one worker on one core, {plan.connections} connections",
        caption=f"Medians of {plan.rounds}. Ratios are relative to the bare server, measured just before.",
    )
    table.add_column("Server", no_wrap=True)
    for column in ("Req/s", "Ratio", "Ours is", "p99", "Ratio", "Memory"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, kinds in report.results.items():
        result = kinds[ONE]
        times = f"{report.ours_to(name):,.1f} x" if name != OURS else ""
        table.add_row(
            report.label(name),
            f"{result.requests_per_second:,.0f}",
            Text(f"{result.to_floor:.3f}", "bold"),
            times,
            f"{result.p99_ms:,.1f} ms",
            f"{result.p99_to_floor:,.2f}",
            f"{report.pss_megabytes[name]:,.0f} MB",
        )
    return table


def _other_requests(report: ServingReport) -> Table:
    table = Table(title="Other requests")
    table.add_column("Server", no_wrap=True)
    table.add_column("Request", no_wrap=True)
    for column in ("Requests/s", "Ratio", "Flowers/s"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, kinds in report.results.items():
        for kind, result in kinds.items():
            if kind != ONE:
                table.add_row(
                    report.label(name),
                    "1,000 flowers as JSON" if kind == "batch" else f"one flower, {kind}",
                    f"{result.requests_per_second:,.0f}",
                    Text(f"{result.to_floor:.3f}", "bold"),
                    f"{result.flowers_per_second:,.0f}",
                )
    return table
