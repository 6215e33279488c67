"""`iris bench service`: requests a second of our service, beside the bare server and beside others."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from scripts.bench.environment import conditions
from scripts.bench.output import BENCH, into, output_option, print_origin, write
from scripts.bench.serving import rounds as arena
from scripts.bench.serving import wrk
from scripts.bench.serving.candidates import CONTESTANTS, ONE, OURS, Bench
from scripts.bench.serving.report import DISTRIBUTIONS, LABELS, Report
from scripts.bench.serving.servers import ServerError
from scripts.console.options import format_option
from scripts.training.train import PREDICTORS, train_missing

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True, help="Turns of each.")
@click.option(
    "--seconds", type=click.IntRange(1, 600), default=3, show_default=True, help="Length of each measurement."
)
@click.option(
    "--connections",
    type=click.IntRange(1, 10_000),
    default=32,
    show_default=True,
    help="Clients that ask at the same time, each again as soon as it was answered.",
)
@click.option(
    "--only",
    type=click.Choice([name for name in LABELS if name != "floor"]),
    multiple=True,
    help="Measure these alone, beside the floor; may be repeated.  [default: everybody]",
)
@output_option
@format_option
def service(
    rounds: int, seconds: int, connections: int, only: tuple[str, ...], output: Path, form: str
) -> None:
    """Measure how many requests for one flower are answered in a second by one worker on one core.

    The floor is the same server (uvicorn) with a bare ASGI application, whose answer is static. Ours can pass
    it, for it answers plain requests as soon as they are parsed, before ASGI begins. Everybody
    else is measured in turns, right after the floor, so that ratios hold on a noisy machine: FastAPI as
    documented, the tutorial's model unpickled behind FastAPI, MLServer, LitServe, BentoML and Ray Serve, each
    in an environment of its own that is made at the first run. The server has one core, the load generator
    (wrk) another one.

    Writes service.json, service.png and service.svg.
    """
    try:
        wrk.require()
        with into(output):
            report = _measure(_plan(rounds, seconds, connections), only)
            _write(report, output)
    except (wrk.WrkError, ServerError) as error:
        raise click.ClickException(f"Cannot measure: {error}") from error
    if form == "json":
        click.echo(json.dumps(asdict(report)))
    else:
        _print(report, output)


def two_sides() -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """Return one core for the server and the others for the load generator; None where they can't be held."""
    # macOS offers no way to hold a process on a core.
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return ((cores[0],), tuple(cores[1:])) if len(cores) > 1 else (None, None)


def _plan(rounds: int, seconds: int, connections: int) -> arena.Plan:
    server_cores, client_cores = two_sides()
    return arena.Plan(
        rounds=rounds,
        seconds=seconds,
        connections=connections,
        server_cores=server_cores,
        client_cores=client_cores,
    )


def _measure(plan: arena.Plan, only: tuple[str, ...]) -> Report:
    BENCH.mkdir(parents=True, exist_ok=True)
    train_missing()
    bench = Bench(folder=BENCH, predictors=PREDICTORS)
    chosen = [it for it in CONTESTANTS if not only or it.name in only or it.name == "floor"]
    numbers = (1, 2) if not only or OURS in only else ()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("Measuring in turns", total=plan.rounds * (len(chosen) + len(numbers)))

        def advance(name: str) -> None:
            progress.update(task, advance=1, description=f"Measuring in turns: {LABELS.get(name, name)}")

        before = conditions(DISTRIBUTIONS)
        measured = arena.measure(chosen, bench, plan, advance=advance)
        workers = arena.workers(bench, plan, numbers, advance=advance)
    return Report(
        conditions=before,
        plan=plan,
        results=measured.results,
        pss_megabytes=measured.pss_megabytes,
        absent=measured.absent,
        workers=workers,
    )


def _write(report: Report, output: Path) -> None:
    from scripts.bench.serving import chart

    write(output, "service", asdict(report), partial(chart.draw, report))


def _print(report: Report, output: Path) -> None:
    console = Console()
    console.print(_one_flower(report))
    if any(len(kinds) > 1 for kinds in report.results.values()):
        console.print(_other_requests(report))
    if report.workers:
        one, two = report.workers[1], report.workers[2]
        console.print(
            f"Ours with two workers: {two / one:.2f} times one worker; "
            "the load generator shares the cores with both.",
            highlight=False,
        )
    for name, kinds in report.results.items():
        if failed := sum(result.failed for result in kinds.values()):
            console.print(f"{LABELS[name]} left {failed:,} requests without an answer.", style="yellow")
    for name, reason in report.absent.items():
        console.print(f"{LABELS[name]} was not measured: {reason}", style="yellow", highlight=False)
    print_origin(console, report.conditions, output, "service")


def _one_flower(report: Report) -> Table:
    plan = report.plan
    table = Table(
        title=f"One flower by POST: one worker on one core, {plan.connections} connections",
        caption=f"Medians of {plan.rounds}. Ratios are to the bare server, measured right before each.",
    )
    table.add_column("Server", no_wrap=True)
    for column in ("Req/s", "Ratio", "Ours is", "p99", "Ratio", "Memory"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, kinds in report.results.items():
        result = kinds[ONE]
        times = f"{report.ours_to(name):,.1f} x" if OURS in report.results and name != OURS else ""
        table.add_row(
            LABELS[name],
            f"{result.requests_per_second:,.0f}",
            f"[bold]{result.to_floor:.3f}[/]",
            times,
            f"{result.p99_ms:,.1f} ms",
            f"{result.p99_to_floor:,.2f}",
            f"{report.pss_megabytes[name]:,.0f} MB",
        )
    return table


def _other_requests(report: Report) -> Table:
    table = Table(title="Other requests")
    table.add_column("Server", no_wrap=True)
    table.add_column("Request", no_wrap=True)
    for column in ("Requests/s", "Ratio", "Flowers/s"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, kinds in report.results.items():
        for kind, result in kinds.items():
            if kind != ONE:
                table.add_row(
                    LABELS[name],
                    "1,000 flowers as JSON" if kind == "batch" else f"one flower, {kind}",
                    f"{result.requests_per_second:,.0f}",
                    f"[bold]{result.to_floor:.3f}[/]",
                    f"{result.flowers_per_second:,.0f}",
                )
    return table
