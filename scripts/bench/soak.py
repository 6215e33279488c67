"""`iris bench soak`: sustained load at a share of the capacity, with the trend of the memory."""

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
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

from scripts.bench.measurement_conditions import MeasurementConditions, measure_conditions
from scripts.bench.serving import wrk
from scripts.bench.serving.server_candidates import BenchFolders, ours_with
from scripts.bench.serving.servers import Server, ServerError, running
from scripts.bench.serving.serving import split_cores
from scripts.bench.serving.serving_report import DISTRIBUTIONS
from scripts.console.options import FiniteRange, format_option
from scripts.console.progress import ReportedProgress
from scripts.console.terminal import Terminal
from scripts.training.train import PREDICTORS, train_missing

if TYPE_CHECKING:
    from collections.abc import Generator

CONNECTIONS: Final = 256
"""Number of connections, high enough that each pauses for several milliseconds between its requests."""

PROBE_SECONDS: Final = 4.0
"""Maximum seconds to measure the capacity; the pauses are then adjusted three times, for half of it."""

SAMPLE_SECONDS: Final = 5.0
"""Maximum seconds between two samples of the memory."""

WARM_UP_SHARE: Final = 0.1
"""Share of the samples that are not part of the trend, as caches fill and code warms up."""


@dataclass(frozen=True, kw_only=True)
class SoakResult:
    """Result of a soak test."""

    conditions: MeasurementConditions
    capacity: float
    """Requests per second without pauses."""
    requests_per_second: float
    share: float
    """Measured load, as a share of the capacity."""
    seconds: float
    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    pss_megabytes: tuple[float, ...]
    """Memory (PSS), sampled every few seconds."""
    pss_trend: float
    """Slope in megabytes per hour, by least squares, without the first tenth."""


@click.command(epilog="Example: iris bench soak --minutes 30 --share 0.5")
@click.option(
    "--minutes",
    type=FiniteRange(0.05, 10_000),
    default=10,
    show_default=True,
    help="Duration in minutes.",
)
@click.option(
    "--share",
    type=FiniteRange(0.05, 1),
    default=0.8,
    show_default=True,
    help="Approximate load, as a share of the capacity.",
)
@format_option
def soak(minutes: float, share: float, form: str) -> None:
    """Run the service at a share of its capacity, and check for errors and growing memory.

    It has one worker on one core. The capacity is measured first, with the same connections and no pauses.
    The exit status is 1 if a request failed.
    """
    train_missing()
    try:
        wrk.require()
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            result = _soak(BenchFolders(folder=Path(folder), predictors=PREDICTORS), minutes * 60, share)
    except (wrk.WrkError, ServerError) as error:
        raise click.ClickException(f"Cannot measure: {error}") from error
    if form == "json":
        click.echo(json.dumps(asdict(result)))
    else:
        _print(result)
    if result.failed:
        raise SystemExit(1)


def _soak(bench: BenchFolders, seconds: float, share: float) -> SoakResult:
    server_cores, client_cores = split_cores()
    candidate = ours_with(1)
    with running(candidate, bench, cores=server_cores, log=bench.folder / "log") as server:

        def send(for_seconds: float, pause_ms: float) -> wrk.WrkResult:
            return wrk.run(
                server.url,
                candidate.request,
                connections=CONNECTIONS,
                seconds=max(1, round(for_seconds)),
                cores=client_cores,
                pause_ms=pause_ms,
            )

        send(1, 0)
        probing = min(PROBE_SECONDS, seconds / 4)
        capacity = send(probing, 0).per_second
        wanted = 1_000 * CONNECTIONS / (capacity * share)
        # The rest of a cycle is the time of the answer, which is shorter with pauses.
        longest_answer = 1_000 * CONNECTIONS / capacity
        pause = wanted
        for _ in range(3):
            cycle = 1_000 * CONNECTIONS / send(probing / 2, pause).per_second
            # A moment in which the machine stands still does not end the pauses.
            pause = min(max(pause + wanted - cycle, wanted - longest_answer), wanted)
        with memory_samples(server, seconds) as samples:
            measured = send(seconds, pause)
    return SoakResult(
        conditions=measure_conditions(DISTRIBUTIONS),
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
    """Return the slope in megabytes per hour of samples (second, megabytes), without the first tenth."""
    counted = samples[round(len(samples) * WARM_UP_SHARE) :]
    if len(counted) < 2:  # noqa: PLR2004 (a line has two points)
        return 0.0
    seconds, megabytes = zip(*counted, strict=True)
    return statistics.linear_regression(seconds, megabytes).slope * 3_600


@contextmanager
def memory_samples(server: Server, seconds: float) -> Generator[list[tuple[float, float]]]:
    """Sample the memory every few seconds, and show the remaining time."""
    samples: list[tuple[float, float]] = []
    done = threading.Event()

    def sample() -> None:
        started_at = time.monotonic()
        with ReportedProgress(
            TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
        ) as progress:
            task = progress.add_task("Soaking", total=seconds)
            is_over = False
            while True:
                passed, megabytes = time.monotonic() - started_at, server.pss_megabytes()
                samples.append((passed, megabytes))
                progress.update(task, completed=passed, description=f"Soaking: {megabytes:.1f} MB")
                if is_over:
                    return
                is_over = done.wait(min(SAMPLE_SECONDS, seconds / 10))  # the last sample is that at the end

    watching = threading.Thread(target=sample, daemon=True)
    watching.start()
    try:
        yield samples
    finally:
        done.set()
        watching.join()


def _print(result: SoakResult) -> None:
    console = Terminal()
    console.print(
        f"{result.requests:,} requests in {result.seconds:,.0f} s: {result.requests_per_second:,.0f} per "
        f"second, {result.share:.0%} of {result.capacity:,.0f}. {result.failed:,} failed. p50 "
        f"{result.p50_ms:.2f} ms, p99 {result.p99_ms:.2f} ms.",
        soft_wrap=True,
    )
    memory = result.pss_megabytes
    console.print(
        f"Memory (PSS) {memory[0]:.1f} MB at the start, {memory[-1]:.1f} MB at the end, {max(memory):.1f} MB "
        f"maximum; trend {result.pss_trend:+.1f} MB per hour.",
        soft_wrap=True,
    )
