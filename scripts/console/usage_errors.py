"""Wrong options and arguments, explained in one line like every other error."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Generator


class OneLineUsageError(click.ClickException):
    """Usage error without the usage of the command, which takes three lines more."""

    exit_code = click.UsageError.exit_code

    def __init__(self, error: click.UsageError) -> None:
        """Create the error; click lists the choices of a missing argument on a line each."""
        super().__init__(" ".join(error.format_message().split()))


@contextmanager
def one_line_usage_errors() -> Generator[None]:
    """Turn the usage errors of a command, and of its subcommands, into one line each.

    Raises:
        OneLineUsageError: in place of a usage error; a group without a subcommand still shows its help.
    """
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise OneLineUsageError(error) from None
