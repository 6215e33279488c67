"""`iris bench soak`: minutes on end at a share of what the service can do, with an eye on its memory."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from scripts.bench.environment import Conditions, conditions
from scripts.bench.serving import wrk
from scripts.bench.serving.candidates import Bench, ours_with
from scripts.bench.serving.report import DISTRIBUTIONS
from scripts.bench.serving.servers import Server, ServerError, running
from scripts.bench.serving.serving import two_sides
from scripts.console.options import format_option
from scripts.training.train import PREDICTORS, train_missing

if TYPE_CHECKING:
    from collections.abc import Generator

CONNECTIONS: Final = 256
"""So many that each pauses for several milliseconds between its requests."""

PROBE_SECONDS: Final = 4.0
"""At most, to find the capacity; the pauses are then tried for half of it, three times."""
SAMPLE_SECONDS: Final = 5.0
WARM_SHARE: Final = 0.1
"""The memory of the first tenth is not part of the trend: caches fill and code warms up."""


@dataclass(frozen=True, kw_only=True)
class Soak:
    """What came out."""

    conditions: Conditions
    capacity: float
    """Requests a second without pauses."""
    requests_per_second: float
    share: float
    """Of the capacity, as it was in the end."""
    seconds: float
    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    pss_megabytes: tuple[float, ...]
    """Every few seconds."""
    pss_trend: float
    """Megabytes an hour, by the least squares, without the first tenth."""


@click.command()
@click.option(
    "--minutes", type=click.FloatRange(0.05, 10_000), default=10, show_default=True, help="How long."
)
@click.option(
    "--share", type=click.FloatRange(0.05, 1), default=0.8, show_default=True, help="Of the capacity, about."
)
@format_option
def soak(minutes: float, share: float, form: str) -> None:
    """Keep the service at a share of its capacity, and look for errors and for memory that grows.

    One worker on one core; the capacity is found first, with as many connections and no pauses. Exits with 1
    where a request failed.
    """
    train_missing()
    try:
        wrk.require()
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            result = _soak(Bench(folder=Path(folder), predictors=PREDICTORS), minutes * 60, share)
    except (wrk.WrkError, ServerError) as error:
        raise click.ClickException(f"Cannot measure: {error}") from error
    if form == "json":
        click.echo(json.dumps(asdict(result)))
    else:
        _print(result)
    if result.failed:
        raise SystemExit(1)


def _soak(bench: Bench, seconds: float, share: float) -> Soak:
    server_cores, client_cores = two_sides()
    contestant = ours_with(1)
    with running(contestant, bench, cores=server_cores, log=bench.folder / "log") as server:

        def ask(for_seconds: float, pause_ms: float) -> wrk.Round:
            return wrk.run(
                server.url,
                contestant.question,
                connections=CONNECTIONS,
                seconds=max(1, round(for_seconds)),
                cores=client_cores,
                pause_ms=pause_ms,
            )

        ask(1, 0)
        probing = min(PROBE_SECONDS, seconds / 4)
        capacity = ask(probing, 0).per_second
        wanted = capacity * share
        pause = 1_000 * CONNECTIONS / wanted
        for _ in range(3):
            # What is not a pause is an answer's own time, which pauses make shorter.
            cycle = 1_000 * CONNECTIONS / ask(probing / 2, pause).per_second
            pause = max(0.0, pause + 1_000 * CONNECTIONS / wanted - cycle)
        with _sampled(server, seconds) as samples:
            measured = ask(seconds, pause)
    return Soak(
        conditions=conditions(DISTRIBUTIONS),
        capacity=round(capacity, 1),
        requests_per_second=round(measured.per_second, 1),
        share=round(measured.per_second / capacity, 3),
        seconds=round(measured.seconds, 1),
        requests=measured.requests,
        failed=measured.failed,
        p50_ms=measured.p50_ms,
        p99_ms=measured.p99_ms,
        pss_megabytes=tuple(round(megabytes, 2) for _, megabytes in samples),
        pss_trend=round(trend(samples), 2),
    )


def trend(samples: list[tuple[float, float]]) -> float:
    """Return how many megabytes an hour are gained, from (second, megabytes), without the first tenth."""
    counted = samples[round(len(samples) * WARM_SHARE) :]
    if len(counted) < 2:  # noqa: PLR2004 (a line has two points)
        return 0.0
    seconds, megabytes = zip(*counted, strict=True)
    return statistics.linear_regression(seconds, megabytes).slope * 3_600


@contextmanager
def _sampled(server: Server, seconds: float) -> Generator[list[tuple[float, float]]]:
    """Look at the memory every few seconds, and show how long it still takes."""
    samples: list[tuple[float, float]] = []
    over = threading.Event()

    def sample() -> None:
        began = time.monotonic()
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        ) as progress:
            task = progress.add_task("Soaking", total=seconds)
            while True:
                passed, megabytes = time.monotonic() - began, server.pss_megabytes()
                samples.append((passed, megabytes))
                progress.update(task, completed=passed, description=f"Soaking: {megabytes:.1f} MB")
                if over.wait(min(SAMPLE_SECONDS, seconds / 10)):
                    return

    watching = threading.Thread(target=sample, daemon=True)
    watching.start()
    try:
        yield samples
    finally:
        over.set()
        watching.join()


def _print(result: Soak) -> None:
    console = Console(highlight=False)
    console.print(
        f"{result.requests:,} requests in {result.seconds:,.0f} s: "
        f"{result.requests_per_second:,.0f} a second, {result.share:.0%} of {result.capacity:,.0f}. "
        f"{result.failed:,} failed. "
        f"p50 {result.p50_ms:.2f} ms, p99 {result.p99_ms:.2f} ms.",
        soft_wrap=True,
    )
    memory = result.pss_megabytes
    console.print(
        f"Memory (PSS) {memory[0]:.1f} MB at first, {memory[-1]:.1f} MB at last, "
        f"{max(memory):.1f} MB at most; "
        f"trend {result.pss_trend:+.1f} MB an hour.",
        soft_wrap=True,
    )
