"""What all benchmarks take and leave alike: how and where to show what was measured."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from scripts.console.atomic_write import atomic_write

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from rich.console import Console

    from scripts.bench.environment import Conditions

BENCH: Final = Path(__file__).resolve().parents[2] / "build" / "bench"
"""Where results lie, and what the contestants need."""

output_option: Final = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=BENCH,
    show_default="build/bench",
    help="Folder that gets the chart and the figures.",
)


@contextmanager
def into(folder: Path) -> Generator[None]:
    """Make the folder first, so that nobody measures for minutes to be told that it can't be written to.

    Raises:
        click.ClickException: it can't be made, or what the block writes can't be written.
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
        folder: where to.
        name: of all three files, without what tells their kinds apart.
        figures: what becomes JSON.
        draw: (open file, `png` or `svg`) draws into it.

    Raises:
        OSError: the folder cannot be written to.
    """
    with atomic_write(folder / f"{name}.json") as file:
        file.write((json.dumps(figures, indent=2) + "\n").encode())
    for form in ("png", "svg"):
        with atomic_write(folder / f"{name}.{form}") as file:
            draw(file, form)


def print_origin(console: Console, measured_under: Conditions, folder: Path, name: str) -> None:
    """Print below a table under which conditions it came about, and where its chart lies."""
    console.print(measured_under.line, style="dim", highlight=False, soft_wrap=True)
    console.print(f"Drawn in {folder / f'{name}.svg'} and {name}.png.", highlight=False, soft_wrap=True)
