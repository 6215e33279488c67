"""Options that several commands share: the format of the result, and the folder for files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def _format_option(for_people: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--format",
        "form",
        type=click.Choice([for_people, "json"]),
        default=for_people,
        show_default=True,
        help="Format of the result on standard output.",
    )


format_option: Final = _format_option("text")
"""`--format text|json`."""

table_format_option: Final = _format_option("table")
"""`--format table|json`."""


def output_folder_option(
    default: Path, *, shown: str, text: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option `--output` for a folder, with its default and the default that `--help` shows."""
    return click.option(
        "--output",
        type=click.Path(file_okay=False, path_type=Path),
        default=default,
        show_default=shown,
        help=text,
    )
