"""Command whose errors and help are Spanish with `--lang es`."""

from __future__ import annotations

from copy import copy
from inspect import cleandoc
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import click
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence


_IS_SPANISH: Final = __name__
"""Key in the meta data of click's context: True if the help is Spanish."""


class SpanishError(click.ClickException):
    """Error of the command in Spanish."""

    def __init__(self, error: click.ClickException) -> None:
        """Create the error."""
        from scripts.cost.output.spanish_errors import spanish_error

        super().__init__(spanish_error(error.format_message()))


def _in_spanish(error: click.ClickException) -> SpanishError:
    """Return the error in Spanish; its exit code is an attribute of its class."""
    return type("SpanishError", (SpanishError,), {"exit_code": error.exit_code})(error)


class SpanishCommand(click.Command):
    """Command with an option `--lang`, of which `es` is a value."""

    @override
    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        is_spanish = asks_for_spanish(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            raise (_in_spanish(error) if is_spanish else error) from None

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # The help is shown while the arguments are read, also before --lang.
        ctx.meta[_IS_SPANISH] = asks_for_spanish(args)
        return super().parse_args(ctx, args)

    @override
    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if ctx.meta.get(_IS_SPANISH):
            self._format_spanish_help(ctx, formatter)
        else:
            super().format_help(ctx, formatter)

    def _format_spanish_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from scripts.cost.output.spanish_help import spanish_help, spanish_option

        formatter.write_usage(ctx.command_path, "[OPCIONES]", prefix="Uso: ")
        _write_text(formatter, spanish_help(cleandoc(self.help or "")))
        records: list[tuple[str, str]] = []
        for each in self.get_params(ctx):
            shown = copy(each)
            if isinstance(shown, click.Option):
                shown.help = spanish_help(shown.help or "")
            if record := shown.get_help_record(ctx):
                records.append(spanish_option(*record))
        with formatter.section("Opciones"):
            formatter.write_dl(records)
        _write_text(formatter, spanish_help(cleandoc(self.epilog or "")))

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            raise (_in_spanish(error) if ctx.params.get("language") == "es" else error) from None


def _write_text(formatter: click.HelpFormatter, text: str) -> None:
    """Write paragraphs as click writes those of the English help."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text)


def asks_for_spanish(arguments: Sequence[str]) -> bool:
    """Return whether the arguments have `--lang es`, also if others are wrong."""
    return "--lang=es" in arguments or ("--lang", "es") in pairwise(arguments)
