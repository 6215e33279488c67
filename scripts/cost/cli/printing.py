"""Printing of the reports of `iris cost`: format, language, budget, warnings and files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scripts.console.terminal import Terminal
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.monthly_projection import ProjectedMonth
    from scripts.cost.output.messages import Message
    from scripts.cost.output.report import Report
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
    file: Path | None = None
    """File for the report as a page."""

    def print_report(self, report: Report) -> None:
        """Print a report, write it as a page if that is asked for, and print its warnings."""
        language = self.language

        @cache
        def page() -> bytes:
            # It is UTF-8, as it declares, also where the terminal is not. Its charts take a while.
            return report.as_html(language).encode()

        match self.form:
            case "json":
                click.echo(report.as_json(language))
            case "csv":
                from scripts.cost.output.render import as_csv

                click.echo(as_csv(report.tables[0]), nl=False)
            case "markdown":
                click.echo(report.as_markdown(language))
            case "html":
                click.echo(page(), nl=False)
            case _:
                self._print_on_console(report)
        for text in report.warning_texts(language):
            warn(text, language)
        if self.file:
            write_file(self.file, page())
            click.echo(f"Wrote {self.file}.", err=True)

    def _print_on_console(self, report: Report) -> None:
        from scripts.cost.output.render import on_console

        page = console()
        for line in report.preamble:
            page.print(line.text(self.language))
        on_console(report.tables, page, self.language)
        page.print(report.conclusion.text(self.language))

    def check_budget(self, bill: Bill, what: str | Message) -> None:
        """Check that a bill is within the budget.

        Raises:
            OverBudgetError: it is above the budget.
        """
        from scripts.cost.output.messages import message

        if self.budget is not None and bill.usd > self.budget:
            text = message(
                "The {what} costs {usd:.2f} USD per month, which is above the budget of {budget:.2f}.",
                what=what,
                usd=bill.usd,
                budget=self.budget,
            )
            raise OverBudgetError(text.text(self.language))

    def check_monthly_budget(self, months: Sequence[ProjectedMonth], what: str) -> None:
        """Check that the first bill of the most expensive month is within the budget.

        Raises:
            OverBudgetError: it is above the budget.
        """
        from scripts.cost.output.messages import message

        month = max(months, key=lambda it: it.bills[0].usd)
        self.check_budget(month.bills[0], message("{what} in month {month}", what=what, month=month.number))


def console() -> Terminal:
    """Return the terminal, or, if there is none, a console that is wide enough for every table."""
    from scripts.console.terminal import Terminal

    return Terminal()


def warn(text: str, language: Language = "en") -> None:
    """Print a warning on standard error."""
    click.echo(f"{'Aviso' if language == 'es' else 'Warning'}: {text}", err=True)


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
