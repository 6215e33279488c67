"""Command whose errors are Spanish with `--lang es`."""

from __future__ import annotations

from itertools import pairwise
from typing import IO, TYPE_CHECKING, Any

import click
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence


class SpanishError(click.ClickException):
    """Error of the command in Spanish, with the usage of the English one."""

    def __init__(self, error: click.ClickException) -> None:
        from scripts.cost.output.spanish_errors import spanish_error

        super().__init__(spanish_error(error.format_message()))
        self._context = error.ctx if isinstance(error, click.UsageError) else None

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        if self._context is not None:
            path = self._context.command_path
            click.echo(f"Uso: {path} [OPCIONES]", file=file, err=True)
            click.echo(f"'{path} --help' muestra la ayuda.\n", file=file, err=True)
        click.echo(f"Error: {self.message}", file=file, err=True)


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
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            raise (_in_spanish(error) if ctx.params.get("language") == "es" else error) from None


def asks_for_spanish(arguments: Sequence[str]) -> bool:
    """Return whether the arguments have `--lang es`, also if others are wrong."""
    return "--lang=es" in arguments or ("--lang", "es") in pairwise(arguments)
