"""Reader of a demand's CSV file: refuses what is ambiguous, such as a decimal comma between commas."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from scripts.console.encoding import text_encoding
from scripts.cost.demand.calendar import HOURS_PER_WEEK
from scripts.cost.demand.weekly_demand import HOURS_PER_DAY, DemandError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

POINT_NUMBER: Final = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?|\.\d+|\d{1,3}(,\d{3})+\.\d+")
"""Number with a decimal point, with or without commas between its thousands: 1.5, 2e3, 1,234.5."""

COMMA_NUMBER: Final = re.compile(r"\d+,\d+|\d{1,3}(\.\d{3})+,\d+")
"""Number with a decimal comma, with or without points between its thousands: 1,5 and 1.234,5."""

TWO_CELLS_OR_ONE: Final = re.compile(r"\d+,\d+|\d{1,3}([.\s'\u2019]\d{3})+,\d+")
"""Two cells that may be one number with a decimal comma, its thousands separated by points, spaces or
apostrophes: 1,5 and 1 234,5."""

THOUSANDS_OR_DECIMALS: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
"""Number that may be one with thousands or one with three decimals: 1,234."""

DECIMAL_POINT: Final = re.compile(r"\d+\.(\d{1,2}|\d{4,})|0?\.\d+")
"""Number whose point separates no thousands: 12.5."""

COLUMNS: Final = 2
"""Maximum number of columns: the hour and its rate."""


def read_csv(path: Path) -> tuple[float, ...]:
    """Read the rates of a CSV file.

    It has a row for each hour of a day (24 rows) or of a week from Monday on (168 rows). The rate is in the
    last column; another one before it may name the hours. A first row without a number is a header. Commas,
    semicolons or tabs separate columns; with the latter two, rates may have a decimal comma.

    Raises:
        DemandError: the file can't be read, is ambiguous, or has another number of rows.
    """
    try:
        content = path.read_bytes()
        text = content.decode(text_encoding(content))
    except OSError as error:
        raise DemandError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DemandError(f"{path} can't be read: it is no UTF-8.") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    separator = next((it for it in (";", "\t") if any(it in line for line in lines)), ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    header = bool(rows) and rows[0][-1][:1].isalpha()
    _check_columns(path, rows, has_header=header, separator=separator)
    cells = [row[-1] for row in rows[header:]]
    # A comma may be the decimal one between semicolons, even if no cell shows it.
    commas = separator == ";" and not any(map(DECIMAL_POINT.fullmatch, cells))
    commas |= any(
        COMMA_NUMBER.fullmatch(cell) and not THOUSANDS_OR_DECIMALS.fullmatch(cell) for cell in cells
    )
    rates = tuple(_rate(path, hour, cell, commas=commas) for hour, cell in enumerate(cells, start=1))
    if len(rates) not in {HOURS_PER_DAY, HOURS_PER_WEEK}:
        raise DemandError(f"{path} has {len(rates)} hours; a day has 24 and a week {HOURS_PER_WEEK}.")
    _check_hours(path, rows[header:])
    return rates * (HOURS_PER_WEEK // len(rates))


def _check_columns(path: Path, rows: Sequence[Sequence[str]], *, has_header: bool, separator: str) -> None:
    """Check that all rows have the same columns, and that a comma is not a decimal comma.

    Raises:
        DemandError: they differ, or `1,5` may be 1.5 or two columns.
    """
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        row = next(row for row in rows if len(row) != len(rows[0]))
        raise DemandError(
            f"{path}: {separator.join(row)!r} has {len(row)} columns, and the first line has {len(rows[0])}. "
            "A number with a comma is written in quotes, or the columns are separated by semicolons."
        )
    if max(widths, default=0) > COLUMNS:
        raise DemandError(
            f"{path} has {max(widths)} columns: leave the hour and the requests per second, in this order."
        )
    if separator == "," and widths == {COLUMNS} and not has_header:
        first = [row[0] for row in rows]
        if all(TWO_CELLS_OR_ONE.fullmatch(",".join(row)) for row in rows) and first not in _hours(len(rows)):
            raise DemandError(
                f"{path}: {','.join(rows[0])!r} may be one number with a decimal comma, or two columns. Name "
                "the columns in the first line, or write a decimal point."
            )


def _check_hours(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Check that numbers in the first of two columns count the hours, in order.

    Raises:
        DemandError: the hours are in another order, or in the other column.
    """
    if not rows or len(rows[0]) < COLUMNS:
        return
    first, last = ([row[column] for row in rows] for column in (0, -1))
    numbered = _hours(len(rows))
    if first in numbered or not (last in numbered or (_are_whole(first) and len({*first}) > 1)):
        return
    raise DemandError(
        f"{path}: the first column does not count the hours from 0 or 1 on. The hour comes first, then the "
        "requests per second."
    )


def _are_whole(cells: Sequence[str]) -> bool:
    return all(cell.isdecimal() for cell in cells)


def _hours(count: int) -> list[list[str]]:
    """Return the ways to number the hours, of which each makes a first column unambiguous."""
    numbered = [[str(number + start) for number in range(count)] for start in (0, 1)]
    by_day = [[str(number % HOURS_PER_DAY + start) for number in range(count)] for start in (0, 1)]
    padded = [[cell.zfill(2) for cell in cells] for cells in (*numbered, *by_day)]
    return [*numbered, *by_day, *padded]


def _rate(path: Path, hour: int, cell: str, *, commas: bool) -> float:
    """Return the requests per second of a cell; `commas` is true if others may have a decimal comma."""
    if THOUSANDS_OR_DECIMALS.fullmatch(cell) and ("," in cell or commas):
        raise DemandError(
            f"{path}, hour {hour}: {cell!r} may have thousands or three decimals. Write it without the "
            "separator of thousands."
        )
    if COMMA_NUMBER.fullmatch(cell):
        return float(cell.replace(".", "").replace(",", "."))
    if POINT_NUMBER.fullmatch(cell):
        return float(cell.replace(",", ""))
    raise DemandError(f"{path}, hour {hour}: {cell!r} is no number of requests per second.")
