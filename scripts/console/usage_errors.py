"""Wrong options and arguments, and a full disk, explained in one line like every other error."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from scripts.console.encoding import printable

if TYPE_CHECKING:
    from collections.abc import Generator


FULL_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk or a quota that is used up, which any command can meet at any output."""


class OneLineUsageError(click.ClickException):
    """Usage error without the usage of the command, which takes three lines more."""

    exit_code = click.UsageError.exit_code

    def __init__(self, error: click.UsageError) -> None:
        """Create the error; click lists the choices of a missing argument on a line each."""
        super().__init__(printable(" ".join(error.format_message().split())))


@contextmanager
def one_line_errors() -> Generator[None]:
    """Turn the usage errors of a command and of its subcommands, and that of a full disk, into one line each.

    Raises:
        OneLineUsageError: in place of a usage error; a group without a subcommand still shows its help.
        click.ClickException: in place of the error of a full disk, or of one that quotes control characters.
    """
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise OneLineUsageError(error) from None
    except click.ClickException as error:
        if error.message == printable(error.message):
            raise
        raise _printable_error(error) from error
    except OSError as error:
        if error.errno not in FULL_DISK:
            raise
        # Standard output has no name.
        of_file = f": {error.filename}" if error.filename else ""
        raise click.ClickException(f"{error.strerror}{of_file}") from None


def _printable_error(error: click.ClickException) -> click.ClickException:
    """Return an error with its control characters escaped, and with the same exit status."""
    kind = type("PrintableError", (click.ClickException,), {"exit_code": error.exit_code})
    return kind(printable(error.message))
