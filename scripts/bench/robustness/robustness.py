"""`iris bench robustness`: tens of thousands of requests that nobody should send."""

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
from rich.console import Console

from scripts.bench.robustness import probe, requests, schema
from scripts.bench.serving.candidates import Bench, ours_with
from scripts.bench.serving.servers import Server, ServerError, check, running
from scripts.console.options import format_option
from scripts.console.progress import count_progress
from scripts.training.train import PREDICTORS, train_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUESTS: Final = 50_000
EXAMPLES: Final = 500
"""Of schemathesis, for each operation."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How everything was answered."""

    seed: int
    requests: int
    by_kind: dict[str, int]
    statuses: dict[str, int]
    """Of those that were sent as bytes; `closed` had no answer, `hang` no end."""
    failures: int
    bad: list[probe.Bad]
    """Some of them, with all that is needed to send them again."""
    schemathesis: str
    """Its report, where it found something."""


@click.command()
@click.option(
    "--requests",
    "count",
    type=click.IntRange(1, 100_000_000),
    default=REQUESTS,
    show_default=True,
    help="How many in all, at least.",
)
@click.option(
    "--examples",
    type=click.IntRange(0, 1_000_000),
    default=EXAMPLES,
    show_default=True,
    help="How many schemathesis makes for each operation of the documentation, at most; 0 leaves it out.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Same seed, same requests."
)
@format_option
def robustness(count: int, examples: int, seed: int, form: str) -> None:
    """Send the service what nobody should, and see that it neither fails nor hangs.

    First right requests in two pieces, split before every byte of theirs. Then schemathesis with all of its
    checks, over the service's own documentation. Then right requests with something wrong: bytes changed,
    left out, said twice, cut off, headers that contradict each other, and plain noise.

    Exits with 1 where a request is answered with a status of 500 or more, or not at all, and prints it.
    """
    train_missing()
    try:
        with tempfile.TemporaryDirectory(prefix="robustness-") as folder:
            bench = Bench(folder=Path(folder), predictors=PREDICTORS)
            with running(ours_with(1), bench, cores=None, log=bench.folder / "log") as server:
                outcome = _outcome(server, count, examples, seed)
                check(server, ours_with(1).question)
    except (ServerError, schema.SchemathesisError) as error:
        raise click.ClickException(f"Cannot go on: {error}") from error
    if form == "json":
        click.echo(json.dumps(asdict(outcome)))
    else:
        _print(outcome)
    if outcome.failures:
        raise SystemExit(1)


def _outcome(server: Server, count: int, examples: int, seed: int) -> Outcome:
    with count_progress() as progress:

        def send(kind: str, sent: Iterator[tuple[bytes, ...]], total: int, *, right: bool) -> probe.Tally:
            task = progress.add_task(kind, total=total)
            at = urlsplit(server.url)
            return asyncio.run(
                probe.send_all(
                    sent,
                    at.hostname or "",
                    at.port or 0,
                    right=right,
                    advance=lambda: progress.advance(task),
                )
            )

        pieces = sum(len(request) - 1 for request in requests.RIGHT)
        split = send("Split before every byte", requests.split(), pieces, right=True)
        checked = schema.Checked(requests=0, failures=0, said="")
        if examples:
            task = progress.add_task("From the documentation", total=None)
            checked = schema.check(server.url, examples=examples, seed=seed)
            progress.update(task, total=checked.requests, completed=checked.requests)
        left = max(0, count - split.sent - checked.requests)
        made = requests.mutated(random.Random(seed), left)  # noqa: S311 (nothing secret: it can be repeated)
        wrong = send("With something wrong", made, left, right=False)
    return Outcome(
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
        schemathesis=checked.said if checked.failures else "",
    )


def _print(outcome: Outcome) -> None:
    console = Console(highlight=False)
    for kind, number in outcome.by_kind.items():
        console.print(f"{number:>9,}  {kind}")
    console.print(f"{outcome.requests:>9,}  in all, {outcome.failures:,} answered badly", style="bold")
    told = ", ".join(f"{status}: {number:,}" for status, number in outcome.statuses.items())
    console.print(f"Sent as bytes: {told}.", soft_wrap=True)
    for bad in outcome.bad:
        console.print(f"{bad.why}: {' + '.join(bad.writes)}", style="red", soft_wrap=True, markup=False)
    if outcome.schemathesis:
        console.print(outcome.schemathesis, markup=False)
