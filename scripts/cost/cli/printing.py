"""Printing of the reports of `iris cost`: format, language, budget, warnings and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from scripts.console.terminal import Terminal
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.monthly_projection import ProjectedMonth
    from scripts.cost.output.tables import Table
    from scripts.cost.output.translations import Language

FORMATS: Final = ("table", "json", "csv", "markdown", "html")
"""Output formats, as `--format` names them."""


class OverBudgetError(click.ClickException):
    """Error for a bill above the budget, with an exit code of its own for pipelines."""

    exit_code = 3


@dataclass(frozen=True, kw_only=True)
class ReportPrinter:
    """Printer of tables in the chosen format and language, which also checks the budget."""

    form: str
    """One of `FORMATS`."""
    language: Language
    budget: float | None
    """Maximum USD per month; None: no maximum."""

    def print_table(self, table: Table) -> None:
        """Print a single table."""
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

    def check_budget(self, bill: Bill, what: str) -> None:
        """Check that a bill is within the budget.

        Raises:
            OverBudgetError: it is above the budget.
        """
        if self.budget is not None and bill.usd > self.budget:
            raise OverBudgetError(
                f"The {what} costs {bill.usd:.2f} USD per month, which is above the budget of "
                f"{self.budget:.2f}."
            )

    def check_monthly_budget(self, months: Sequence[ProjectedMonth], what: str) -> None:
        """Check that the first bill of the most expensive month is within the budget.

        Raises:
            OverBudgetError: it is above the budget.
        """
        month = max(months, key=lambda it: it.bills[0].usd)
        self.check_budget(month.bills[0], f"{what} in month {month.number}")


def console() -> Terminal:
    """Return the terminal, or, if there is none, a console that is wide enough for every table."""
    from scripts.console.terminal import Terminal

    return Terminal()


def borrowed_price_warnings(region: str, items: Iterable[str]) -> list[str]:
    """Return a warning that names the items that are priced with the reference region's prices."""
    from scripts.cost.prices.snapshot import REFERENCE_REGION

    names = ", ".join(items)
    if not names:
        return []
    return [f"prices of {REFERENCE_REGION} stand in for unknown ones of {region}: {names}."]


def warn(text: str) -> None:
    """Print a warning on standard error."""
    click.echo(f"Warning: {text}", err=True)


def write_file(path: Path, content: bytes) -> None:
    """Write a file atomically.

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
