"""Output of all benchmarks: figures as JSON, a chart, and the conditions of the measurement."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from scripts.console.atomic_write import atomic_write
from scripts.console.options import output_folder_option

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from scripts.bench.measurement_conditions import MeasurementConditions
    from scripts.console.terminal import Terminal

BENCH: Final = Path(__file__).resolve().parents[2] / "build" / "bench"
"""Folder of the results, and of the environments of the measured servers."""

output_option: Final = output_folder_option(
    BENCH, shown="build/bench", text="Folder for the chart and the figures."
)


@contextmanager
def writable_folder(folder: Path) -> Generator[None]:
    """Create the folder before the measurement, so that an error is reported before minutes have passed.

    Raises:
        click.ClickException: It can't be created, or the block can't write to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise click.ClickException(
            f"Cannot write to {error.filename or folder}: {error.strerror}."
        ) from error


def write(
    folder: Path, name: str, figures: Mapping[str, object], draw: Callable[[IO[bytes], str], None]
) -> None:
    """Write the figures, and the chart as PNG and as SVG.

    Args:
        folder: Folder to write to.
        name: Name of all three files, without their extensions.
        figures: Content of the JSON file.
        draw: Function (open file, `png` or `svg`) that draws the chart.

    Raises:
        OSError: The folder can't be written to.
    """
    with atomic_write(folder / f"{name}.json") as file:
        file.write((json.dumps(figures, indent=2) + "\n").encode())
    for form in ("png", "svg"):
        with atomic_write(folder / f"{name}.{form}") as file:
            draw(file, form)


def print_conditions(console: Terminal, conditions: MeasurementConditions, folder: Path, name: str) -> None:
    """Print the conditions of a measurement and the path of its chart."""
    console.print(conditions.line, style="dim", highlight=False, soft_wrap=True)
    console.print(f"Chart: {folder / f'{name}.svg'} and {name}.png.", highlight=False, soft_wrap=True)
