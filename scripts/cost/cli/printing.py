"""Prints what was asked for, in the form and the language that were asked for, and holds it to a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.monthly_projection import Month
    from scripts.cost.output.tables import Table
    from scripts.cost.output.translations import Language

FORMATS: Final = ("table", "json", "csv", "markdown", "html")

PAGE_WIDTH: Final = 110
"""Columns that every table fits into, where the output is no terminal."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """How the user wants to see it."""

    form: str
    """One of `FORMATS`."""
    language: Language
    budget: float | None
    """USD a month that may not be exceeded; None: as much as it takes."""

    def one(self, table: Table) -> None:
        """Print a table that stands alone."""
        from scripts.cost.output import render

        match self.form:
            case "json":
                click.echo(render.as_json([table]))
            case "csv":
                click.echo(render.as_csv(table), nl=False)
            case "markdown":
                click.echo(render.as_markdown(table, self.language))
            case "html":
                click.echo(render.as_html(table, self.language))
            case _:
                render.on_console([table], console(), self.language)

    def hold(self, bill: Bill, what: str) -> None:
        """Fail where the bill is above the budget.

        Raises:
            ClickException: it is.
        """
        if self.budget is not None and bill.usd > self.budget:
            raise click.ClickException(
                f"The {what} costs {bill.usd:.2f} USD a month, which is above the budget of "
                f"{self.budget:.2f}."
            )

    def hold_months(self, months: Sequence[Month], what: str) -> None:
        """Fail where the first bill of the dearest month is above the budget."""
        dearest = max(months, key=lambda it: it.bills[0].usd)
        self.hold(dearest.bills[0], f"{what} in month {dearest.number}")


def console() -> Console:
    """Return the terminal, or a page wide enough for every table where there is none."""
    from rich.console import Console

    here = Console()
    return here if here.is_terminal else Console(width=PAGE_WIDTH)


def warn(text: str) -> None:
    """Tell what the tables do not show."""
    click.echo(f"Warning: {text}", err=True)


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        ClickException: it can't be written.
    """
    from scripts.console.atomic_write import atomic_write

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as out:
            out.write(content)
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from error
