"""`iris bench coldstart`: process start to first answer, of our function, others, and an empty one."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from scripts.bench.coldstart import candidates, process_start
from scripts.bench.coldstart.results import LABELS, Comparison, Result
from scripts.bench.environment import conditions
from scripts.bench.output import into, output_option, print_origin, write
from scripts.console.options import format_option
from scripts.console.progress import count_progress
from scripts.packaging.pack import archive_for

RUNS: Final = 12
"""Of each handler, unless another number is asked for: under a minute, and enough for quartiles."""


DISTRIBUTIONS: Final = ("fastapi", "joblib", "mangum", "numpy", "pydantic", "scikit-learn")
"""Those whose versions decide how long a start takes."""


@click.command()
@click.option(
    "--runs",
    type=click.IntRange(2, 1_000),
    default=RUNS,
    show_default=True,
    help="How often each handler is started.",
)
@output_option
@format_option
def coldstart(runs: int, output: Path, form: str) -> None:
    """Measure how long a function takes from the start of its process to its first answer.

    Ours is the archive for Lambda, unpacked: as it is, and once without the hot path, so that FastAPI and
    Mangum answer. The tutorial's is FastAPI with a scikit-learn model, unpickled with joblib at import, and
    Mangum. The empty one is what Python itself takes. All are started by the same program on this machine and
    this Python, with their bytecode written and their files in memory, and take turns. Lambda adds to each of
    them what it takes itself: to find a machine and to fetch the archive.

    Writes coldstart.json, coldstart.png and coldstart.svg.
    """
    try:
        with into(output):
            comparison = _compare(archive_for("lambda-local").path, runs)
            _write(comparison, output)
    except process_start.StartError as error:
        raise click.ClickException(f"Cannot measure: {error}.") from error
    if form == "json":
        click.echo(json.dumps(_as_json(comparison)))
    else:
        _print(comparison, output)


def _compare(archive: Path, runs: int) -> Comparison:
    with (
        tempfile.TemporaryDirectory(prefix="coldstart-") as folder,
        count_progress() as progress,
    ):
        handlers = [
            candidates.empty(),
            candidates.ours(archive, Path(folder) / "archive"),
            candidates.framework(Path(folder) / "archive"),
            candidates.tutorials(Path(folder)),
        ]
        task = progress.add_task("Starting handlers in turns", total=len(handlers) * (runs + 1))
        before = conditions(DISTRIBUTIONS)
        measured = process_start.measure(handlers, runs=runs, advance=lambda: progress.advance(task))
    return Comparison(
        conditions=before, runs=runs, results={name: Result.of(measured[name]) for name in LABELS}
    )


def _write(comparison: Comparison, output: Path) -> None:
    from scripts.bench.coldstart import chart

    write(output, "coldstart", _as_json(comparison), partial(chart.draw, comparison))


def _as_json(comparison: Comparison) -> dict[str, object]:
    figures: dict[str, object] = asdict(comparison)
    return figures | {
        "share_of_the_tutorial": round(comparison.share, 4),
        "over_empty": round(comparison.over_empty, 4),
        "quicker_when_warm": round(comparison.quicker_when_warm, 2),
    }


def _print(comparison: Comparison, output: Path) -> None:
    table = Table(title=f"Process start to first answer, median of {comparison.runs}")
    table.add_column("Handler")
    for column in ("Cold", "Half of them", "Warm", "Modules"):
        table.add_column(column, justify="right")
    for name, label in LABELS.items():
        result = comparison.results[name]
        cold = result.cold_ms
        table.add_row(
            label,
            f"[bold]{cold.median:,.0f} ms[/]",
            f"{cold.lower:,.0f} to {cold.upper:,.0f}",
            _short(result.warm_us.median),
            f"{result.modules:,}",
        )
    console = Console()
    console.print(table)
    console.print(
        f"Ours starts in {comparison.over_empty:.2f} times what Python itself takes, and in "
        f"{comparison.share:.0%} of what the tutorial's takes; an event after that takes "
        f"1/{comparison.quicker_when_warm:.0f} of what it takes FastAPI and Mangum.",
        highlight=False,
    )
    print_origin(console, comparison.conditions, output, "coldstart")


def _short(microseconds: float) -> str:
    if microseconds < 1:
        return "under 1 µs"
    return f"{microseconds:,.0f} µs" if microseconds < 10_000 else f"{microseconds / 1e3:,.1f} ms"  # noqa: PLR2004 (four digits read well)
