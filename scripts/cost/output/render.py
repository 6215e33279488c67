"""Output formats of tables: terminal, Markdown, HTML, JSON and CSV."""

from __future__ import annotations

import csv
import html
import io
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from scripts.cost.output.messages import Message
from scripts.cost.output.translations import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.console.terminal import Terminal
    from scripts.cost.output.tables import Cell, Column, ColumnKind, Table
    from scripts.cost.output.translations import Language

CENT = Decimal("0.01")
HALF = 0.5
"""Number from which rounding makes a whole one."""
RIGHT = frozenset({"usd", "change", "fine", "share", "number", "whole"})
"""Kinds of columns that are aligned to the right."""


def format_cell(cell: Cell, kind: ColumnKind, language: Language) -> str:
    """Return a cell as text for the user."""
    if cell is None:
        return ""
    if isinstance(cell, Message):
        return cell.text(language)
    written = {
        "usd": lambda: f"{Decimal(str(cell)).quantize(CENT, ROUND_HALF_UP):,}",
        "change": lambda: _signed(Decimal(str(cell)).quantize(CENT, ROUND_HALF_UP)),
        "fine": lambda: _fine(Decimal(str(cell))),
        "share": lambda: format_share(float(cell)),
        "number": lambda: _number(float(cell)),
        "whole": lambda: "<1" if 0 < float(cell) < HALF else f"{float(cell):,.0f}",
        "flag": lambda: translate("yes" if cell else "no", language),
        "text": lambda: translate(str(cell), language),
        "name": lambda: str(cell),
    }
    return written[kind]()


def _signed(usd: Decimal) -> str:
    return f"{usd:+,}" if usd else f"{abs(usd):,}"


def _fine(usd: Decimal) -> str:
    """Return USD with four decimals, in which little is not nothing."""
    smallest = CENT / 100
    return f"<{smallest}" if 0 < usd < smallest / 2 else f"{usd.quantize(smallest, ROUND_HALF_UP):,}"


def format_share(share: float) -> str:
    """Return a share in percent, in which neither little is none nor nearly all is all."""
    percent = share * 100
    if 0 < percent < HALF:
        return "<1%"
    return ">99%" if 100 - HALF < percent < 100 else f"{percent:.0f}%"  # noqa: PLR2004 (all of it)


def _number(value: float) -> str:
    """Return a number with two decimals, or with more if it would be zero."""
    if 0 < abs(value) < float(CENT) / 2:
        return f"{Decimal(f'{value:.1g}'):f}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def on_console(tables: Sequence[Table], console: Terminal, language: Language) -> None:
    """Print tables on a terminal."""
    from rich.table import Table as Drawn

    for table in tables:
        drawn = Drawn(title=translate(table.title, language), title_justify="left")
        for column in table.columns:
            justify = "right" if column.kind in RIGHT else "left"
            drawn.add_column(translate(column.heading, language), justify=justify)
        for row in table.rows:
            drawn.add_row(*_texts(row, table.columns, language))
        if table.totals:
            drawn.add_section()
            drawn.add_row(*_texts(table.totals, table.columns, language), style="bold")
        console.print(drawn)


def as_markdown(table: Table, language: Language) -> str:
    """Return a table as Markdown, without its title."""
    headings = [translate(column.heading, language) for column in table.columns]
    rule = ["---:" if column.kind in RIGHT else "---" for column in table.columns]
    lines = [headings, rule, *(_texts(row, table.columns, language) for row in table.rows)]
    if table.totals:
        written = _texts(table.totals, table.columns, language)
        lines.append([f"**{cell}**" if cell else "" for cell in written])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_html(table: Table, language: Language) -> str:
    """Return a table as HTML, with its title."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} class="{"right" if column.kind in RIGHT else "left"}">{html.escape(cell)}</{tag}>'
            for cell, column in zip(row, table.columns, strict=True)
        )

    headings = [translate(column.heading, language) for column in table.columns]
    body = "".join(f"<tr>{cells(_texts(row, table.columns, language), 'td')}</tr>" for row in table.rows)
    foot = ""
    if table.totals:
        foot = f"<tfoot><tr>{cells(_texts(table.totals, table.columns, language), 'td')}</tr></tfoot>"
    return (
        f"<h2>{html.escape(translate(table.title, language))}</h2>\n"
        f"<table><thead><tr>{cells(headings, 'th')}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    )


def records(tables: Sequence[Table]) -> dict[str, object]:
    """Return all tables by their keys, for JSON."""
    return {
        table.key: {
            "rows": [_record(row, table.columns) for row in table.rows],
            **({"totals": _record(table.totals, table.columns)} if table.totals else {}),
        }
        for table in tables
    }


def as_csv(table: Table) -> str:
    """Return a table as CSV, unrounded, with English headings."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([column.heading for column in table.columns])
    writer.writerows(["" if cell is None else _exact(cell) for cell in row] for row in table.rows)
    return written.getvalue()


def _texts(row: Sequence[Cell], columns: Sequence[Column], language: Language) -> list[str]:
    return [format_cell(cell, column.kind, language) for cell, column in zip(row, columns, strict=True)]


def _record(row: Sequence[Cell], columns: Sequence[Column]) -> dict[str, Cell]:
    return {
        column.heading: _exact(cell) for column, cell in zip(columns, row, strict=True) if cell is not None
    }


def _exact(cell: Cell) -> Cell:
    """Return a cell whose amount is a text with all its decimals, and without an exponent."""
    return f"{cell.normalize():f}" if isinstance(cell, Decimal) else cell
