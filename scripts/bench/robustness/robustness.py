"""`iris bench robustness`: tens of thousands of malformed and unusual requests."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from scripts.bench.robustness import probe, requests, schema
from scripts.bench.serving.server_candidates import BenchFolders, ours_with
from scripts.bench.serving.servers import Server, ServerError, check, running
from scripts.console.options import format_option
from scripts.console.progress import count_progress
from scripts.console.terminal import Terminal
from scripts.training.train import PREDICTORS, train_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUESTS: Final = 50_000
"""Default number of requests."""

EXAMPLES: Final = 500
"""Default number of requests of schemathesis for each operation."""


@dataclass(frozen=True, kw_only=True)
class RobustnessReport:
    """Numbers of requests and answers, and the bad answers."""

    seed: int
    requests: int
    by_kind: dict[str, int]
    statuses: dict[str, int]
    """Status -> raw requests; `closed` is a connection closed without an answer, `hang` a timeout."""
    failures: int
    bad: list[probe.BadAnswer]
    """First bad answers, with their requests."""
    schemathesis: str
    """Report of schemathesis, if it found a failure."""


@click.command(epilog="Example: iris bench robustness --requests 10000 --seed 7")
@click.option(
    "--requests",
    "count",
    type=click.IntRange(1, 100_000_000),
    default=REQUESTS,
    show_default=True,
    help="Minimum number of requests in all.",
)
@click.option(
    "--examples",
    type=click.IntRange(0, 1_000_000),
    default=EXAMPLES,
    show_default=True,
    help="Maximum requests of schemathesis for each documented operation; 0 skips schemathesis.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Seed of the requests; the same seed gives the same requests.",
)
@format_option
def robustness(count: int, examples: int, seed: int, form: str) -> None:
    """Send malformed and unusual requests, and check that the service neither fails nor hangs.

    First, valid requests in two writes, split before each of their bytes. Then schemathesis with all of its
    checks, from the service's OpenAPI document. Then mutated requests: with bytes replaced, deleted,
    duplicated or truncated, with contradicting headers, and random bytes.

    The exit status is 1 if a request gets a status of 500 or more, or no answer; these requests are printed.
    """
    train_missing()
    try:
        with tempfile.TemporaryDirectory(prefix="robustness-") as folder:
            bench = BenchFolders(folder=Path(folder), predictors=PREDICTORS)
            with running(ours_with(1), bench, cores=None, log=bench.folder / "log") as server:
                report = _run_all(server, count, examples, seed)
                check(server, ours_with(1).request)
    except (ServerError, schema.SchemathesisError) as error:
        raise click.ClickException(f"Cannot go on: {error}") from error
    if form == "json":
        click.echo(json.dumps(asdict(report)))
    else:
        _print(report)
    if report.failures:
        raise SystemExit(1)


def _run_all(server: Server, count: int, examples: int, seed: int) -> RobustnessReport:
    with count_progress() as progress:

        def send(
            kind: str, sent: Iterator[tuple[bytes, ...]], total: int, *, right: bool
        ) -> probe.AnswerCounts:
            task = progress.add_task(kind, total=total)
            at = urlsplit(server.url)
            return asyncio.run(
                probe.send_all(
                    sent,
                    at.hostname or "",
                    at.port or 0,
                    right=right,
                    on_progress=lambda: progress.advance(task),
                )
            )

        pieces = sum(len(request) - 1 for request in requests.VALID_REQUESTS)
        split = send("Split before every byte", requests.split(), pieces, right=True)
        checked = schema.SchemathesisResult(requests=0, failures=0, output="")
        if examples:
            task = progress.add_task("From the OpenAPI document", total=None)
            checked = schema.check(server.url, examples=examples, seed=seed)
            progress.update(task, total=checked.requests, completed=checked.requests)
        left = max(0, count - split.sent - checked.requests)
        mutated = requests.mutated(random.Random(seed), left)  # noqa: S311 (not for security, and reproducible)
        wrong = send("With something wrong", mutated, left, right=False)
    return RobustnessReport(
        seed=seed,
        requests=split.sent + checked.requests + wrong.sent,
        by_kind={
            "split before every byte": split.sent,
            "from the documentation": checked.requests,
            "with something wrong": wrong.sent,
        },
        statuses=dict(sorted(Counter(split.statuses + wrong.statuses).items())),
        failures=split.bad_count + wrong.bad_count + checked.failures,
        bad=split.bad + wrong.bad,
        schemathesis=checked.output if checked.failures else "",
    )


def _print(report: RobustnessReport) -> None:
    console = Terminal()
    for kind, number in report.by_kind.items():
        console.print(f"{number:>9,}  {kind}")
    console.print(f"{report.requests:>9,}  in all, {report.failures:,} with a bad answer", style="bold")
    statuses = ", ".join(f"{status}: {number:,}" for status, number in report.statuses.items())
    console.print(f"Statuses of raw requests: {statuses}.", soft_wrap=True)
    for bad in report.bad:
        console.print(f"{bad.reason}: {' + '.join(bad.writes)}", style="red", soft_wrap=True)
    if report.schemathesis:
        console.print(report.schemathesis)
