"""`iris bench coldstart`: time from process start to the first answer, for several handlers."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

import click
from rich.table import Table
from rich.text import Text

from scripts.bench.coldstart import handler_candidates, process_start
from scripts.bench.coldstart.coldstart_results import LABELS, ColdStartComparison, ColdStartResult
from scripts.bench.measurement_conditions import measure_conditions
from scripts.bench.output import output_option, print_conditions, writable_folder, write
from scripts.console.extras import require
from scripts.console.options import format_option
from scripts.console.progress import count_progress
from scripts.console.terminal import Terminal
from scripts.packaging.pack import archive_for

RUNS: Final = 12
"""Default number of starts of each handler: under a minute in all, and enough for quartiles."""


DISTRIBUTIONS: Final = ("fastapi", "joblib", "mangum", "numpy", "pydantic", "scikit-learn")
"""Distributions whose versions affect the cold start."""


@click.command(epilog="Example: iris bench coldstart --runs 20 --output /tmp/bench")
@click.option(
    "--runs",
    type=click.IntRange(2, 1_000),
    default=RUNS,
    show_default=True,
    help="Number of starts of each handler.",
)
@output_option
@format_option
def coldstart(runs: int, output: Path, form: str) -> None:
    """Measure the time from the start of a function's process to its first answer.

    "Ours" is the archive for Lambda, unpacked, as it is, and again without the fast path, so that FastAPI and
    Mangum answer. The tutorial's function is FastAPI with a scikit-learn model, unpickled with joblib at
    import, and Mangum. The empty handler shows the time of Python itself. All of them run in turns on this
    machine and this Python, compiled and with their files in memory. Lambda adds its own time to each, to
    place the function and to fetch the archive.

    Writes coldstart.json, coldstart.png and coldstart.svg.
    """
    try:
        with writable_folder(output):
            comparison = _compare(archive_for("lambda-local").path, runs)
            _write(comparison, output)
    except process_start.ColdStartError as error:
        raise click.ClickException(f"Cannot measure: {error}.") from error
    if form == "json":
        click.echo(json.dumps(_as_json(comparison)))
    else:
        _print(comparison, output)


def _compare(archive: Path, runs: int) -> ColdStartComparison:
    with (
        tempfile.TemporaryDirectory(prefix="coldstart-") as folder,
        count_progress() as progress,
    ):
        handlers = [
            handler_candidates.empty(),
            handler_candidates.ours(archive, Path(folder) / "archive"),
            handler_candidates.framework(Path(folder) / "archive"),
            handler_candidates.tutorial(Path(folder)),
        ]
        task = progress.add_task("Starting the handlers in turns", total=len(handlers) * (runs + 1))
        before = measure_conditions(DISTRIBUTIONS)
        measured = process_start.measure(handlers, runs=runs, on_progress=lambda: progress.advance(task))
    return ColdStartComparison(
        conditions=before, runs=runs, results={name: ColdStartResult.of(measured[name]) for name in LABELS}
    )


def _write(comparison: ColdStartComparison, output: Path) -> None:
    # matplotlib takes a while to import, and is not needed for --help.
    require("charts")
    from scripts.bench.coldstart import coldstart_chart

    write(output, "coldstart", _as_json(comparison), partial(coldstart_chart.draw, comparison))


def _as_json(comparison: ColdStartComparison) -> dict[str, object]:
    figures: dict[str, object] = asdict(comparison)
    return figures | {
        "share_of_the_tutorial": round(comparison.share, 4),
        "over_empty": round(comparison.over_empty, 4),
        "quicker_when_warm": round(comparison.quicker_when_warm, 2),
    }


def _print(comparison: ColdStartComparison, output: Path) -> None:
    table = Table(title=f"Process start to first answer, median of {comparison.runs}")
    table.add_column("Handler")
    for column in ("Cold", "Quartiles", "Warm", "Modules"):
        table.add_column(column, justify="right")
    for name, label in LABELS.items():
        result = comparison.results[name]
        cold = result.cold_ms
        table.add_row(
            label,
            Text(f"{cold.median:,.0f} ms", "bold"),
            f"{cold.lower:,.0f} to {cold.upper:,.0f}",
            _short(result.warm_us.median),
            f"{result.modules:,}",
        )
    console = Terminal()
    console.print(table)
    console.print(
        f"Ours starts in {comparison.over_empty:.2f} times the time of an empty handler, and in "
        f"{comparison.share:.0%} of the tutorial's; each later event takes "
        f"1/{comparison.quicker_when_warm:.0f} of the time of FastAPI and Mangum.",
        highlight=False,
    )
    print_conditions(console, comparison.conditions, output, "coldstart")


def _short(microseconds: float) -> str:
    if microseconds < 1:
        return "under 1 µs"
    return f"{microseconds:,.0f} µs" if microseconds < 10_000 else f"{microseconds / 1e3:,.1f} ms"  # noqa: PLR2004 (four digits read well)
