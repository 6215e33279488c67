"""Options that several commands share, and the type of their numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable


class FiniteFloat(click.types.FloatParamType):
    """Number, of which "nan" and "inf" are none."""

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        return _finite(self, super().convert(value, param, ctx), value, param, ctx)


class FiniteRange(click.FloatRange):
    """Range of such numbers: no comparison with "nan" holds."""

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        return _finite(self, super().convert(value, param, ctx), value, param, ctx)


def _finite(
    kind: click.ParamType[Any],
    converted: float,
    value: object,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> float:
    if not math.isfinite(converted):
        kind.fail(f"{value!r} is not a finite number.", param, ctx)
    return converted


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
