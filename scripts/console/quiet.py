"""Option `iris --quiet`, which leaves out all progress."""

from __future__ import annotations

from typing import Final

import click

_KEY: Final = __name__
"""Key in the meta data of click's context, which the contexts of subcommands share."""


def _set_quiet(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    context.meta[_KEY] = value


quiet_option: Final = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    expose_value=False,
    callback=_set_quiet,
    help="Show no progress on standard error; results, warnings and errors stay.",
)


def is_quiet() -> bool:
    """Return whether the command that runs was called with `--quiet`."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_KEY))
