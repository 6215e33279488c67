"""`iris bench abuse`: latency, health checks and memory while one client sends expensive requests."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click
from rich.table import Table

from scripts.bench.abuse.attack import Abuse, Target
from scripts.bench.abuse.batches import BATCH_ABUSES
from scripts.bench.abuse.bystander import watching
from scripts.bench.abuse.connections import CONNECTION_ABUSES
from scripts.bench.measurement_conditions import MeasurementConditions, measure_conditions
from scripts.bench.serving.server_candidates import (
    ROOT,
    BenchFolders,
    LaunchCommand,
    ServerCandidate,
    ours_with,
)
from scripts.bench.serving.servers import Server, ServerError, running
from scripts.console.options import FiniteRange, table_format_option
from scripts.console.terminal import Terminal
from scripts.program.git_tree import commit_of, exported_tree
from scripts.program.resources import StackError
from scripts.training.train import PREDICTORS, train_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

ABUSES: Final[tuple[Abuse, ...]] = (*BATCH_ABUSES, *CONNECTION_ABUSES)
"""All abuses, in the order of the table. A module for each kind of them has its own tuple."""

NO_ABUSE: Final = Abuse(name="none", explained="no attack", attack=lambda _, seconds: asyncio.sleep(seconds))

MAXIMUM_P99_MS: Final = 50.0
MAXIMUM_HEALTH_MS: Final = 100.0
MAXIMUM_MEGABYTES: Final = 300.0
"""Goals: the 99th percentile of another client's requests for one flower, the slowest health check, and the
memory of the service."""

SECONDS: Final = 3.0
"""Default duration of each attack."""


@dataclass(frozen=True, kw_only=True)
class AbuseResult:
    """Measurement of one abuse of one version of the service."""

    abuse: str
    explained: str
    version: str
    """`now`, or the commit."""
    p99_ms: float
    health_ms: float
    megabytes: float
    failed: int

    @property
    def is_good(self) -> bool:
        """True if every goal was met."""
        return (
            self.p99_ms < MAXIMUM_P99_MS
            and self.health_ms < MAXIMUM_HEALTH_MS
            and self.megabytes < MAXIMUM_MEGABYTES
            and not self.failed
        )


@click.command(epilog="Example: iris bench abuse --against v1.0 --only csv-line-feeds --only json-keys")
@click.option(
    "--seconds",
    type=FiniteRange(0.5, 600),
    default=SECONDS,
    show_default=True,
    help="Duration of each attack. The last answers may take up to a minute longer.",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([abuse.name for abuse in ABUSES]),
    help="Measure only this abuse; can be repeated.",
)
@click.option("--against", metavar="COMMIT", help="Measure the service of this branch or commit too.")
@table_format_option
def abuse(seconds: float, only: Sequence[str], against: str | None, form: str) -> None:
    """Attack the service, and measure what other clients notice.

    The service runs on this machine with one worker. While one client attacks it, another one asks for a
    flower a hundred times per second, and a load balancer checks its health ten times per second.

    The exit status is 1 if a flower takes longer than 50 ms at the 99th percentile, a health check longer
    than 100 ms, the service takes 300 MB of memory or more, or one of the other client's requests fails.
    """
    train_missing()
    chosen = [NO_ABUSE, *(each for each in ABUSES if not only or each.name in only)]
    conditions = measure_conditions(("uvicorn", "fastapi"))
    try:
        commit = commit_of(ROOT, against) if against else None
        with exported_tree(ROOT, commit) if commit else nullcontext() as tree:
            versions = [_Version(name="now", tree=ROOT, predictors=PREDICTORS)]
            if commit and tree:
                versions.insert(0, _Version(name=commit[:7], tree=tree, predictors=train_with(tree)))
            results = [_measure(each, version, seconds) for each in chosen for version in versions]
    except (ServerError, StackError) as error:
        raise click.ClickException(f"Cannot measure: {error}") from error
    if form == "json":
        click.echo(
            json.dumps({"conditions": asdict(conditions), "results": [asdict(each) for each in results]})
        )
    else:
        _print(results, conditions)
    if not all(result.is_good for result in results if result.version == "now"):
        raise SystemExit(1)


@dataclass(frozen=True, kw_only=True)
class _Version:
    """Version of the service, with predictors in the format that it reads."""

    name: str
    tree: Path
    predictors: Path


def train_with(tree: Path) -> Path:
    """Train the default predictors with the training of another version; return their folder.

    Raises:
        ServerError: It fails.
    """
    ended = subprocess.run(
        [sys.executable, "-c", "from scripts.cli import main; main(['train'])"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        reason = (ended.stderr.strip() or ended.stdout.strip() or "no message").splitlines()[-1]
        raise ServerError(f"its predictors can't be trained: {reason}")
    return tree / "build" / "predictors"


def _measure(abuse: Abuse, version: _Version, seconds: float) -> AbuseResult:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="abuse-")))
        bench = BenchFolders(folder=folder, predictors=version.predictors)
        server = stack.enter_context(
            running(_service_of(version.tree), bench, cores=None, log=folder / "log")
        )
        target = _target_of(server)
        finish = stack.enter_context(watching(target, server.process_ids()))
        asyncio.run(_attack(abuse, target, seconds))
        observed = finish()
    result = AbuseResult(
        abuse=abuse.name,
        explained=abuse.explained,
        version=version.name,
        p99_ms=observed.p99_ms,
        health_ms=observed.slowest_health_ms,
        megabytes=round(observed.peak_bytes / 1e6, 1),
        failed=observed.failed,
    )
    Terminal(stderr=True).print(
        f"{abuse.name} ({version.name}): p99 {result.p99_ms} ms, slowest health check {result.health_ms} ms, "
        f"{result.megabytes} MB, {result.failed} failed",
        soft_wrap=True,
    )
    return result


async def _attack(abuse: Abuse, target: Target, seconds: float) -> None:
    await abuse.attack(target, seconds)


def _target_of(server: Server) -> Target:
    url = urlsplit(server.url)
    return Target(host=url.hostname or "", port=url.port or 0)


def _service_of(tree: Path) -> ServerCandidate:
    """Return the service of a tree of this project, with one worker."""
    current = ours_with(1)

    def launch(bench: BenchFolders, port: int) -> LaunchCommand:
        command = current.launch(bench, port)
        return LaunchCommand(
            command=command.command, variables={**command.variables, "PYTHONPATH": str(tree)}
        )

    return ServerCandidate(name=current.name, label=current.label, explained="", launch=launch)


def _print(results: Sequence[AbuseResult], conditions: MeasurementConditions) -> None:
    table = Table("abuse", "version", box=None, pad_edge=False)
    for column in ("p99 of a flower, ms", "slowest health check, ms", "memory, MB", "failed"):
        table.add_column(column, justify="right")
    for result in results:
        row: list[Any] = [result.p99_ms, result.health_ms, result.megabytes, result.failed]
        style = None if result.is_good else "red"
        table.add_row(f"{result.abuse}: {result.explained}", result.version, *map(str, row), style=style)
    console = Terminal()
    console.print(table)
    console.print(conditions.line, style="dim", soft_wrap=True)
