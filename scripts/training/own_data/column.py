"""A column of training data: its type, its range or levels, and its values as numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scripts.training.own_data.csv_table import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from scripts.training.own_data.csv_table import CsvTable

MISSING: Final = frozenset(("", "?", "-", "na", "n/a", "nan", "null", "none"))
"""Lower-case texts of a missing value."""

MAX_LEVELS: Final = 100
"""Maximum number of levels of a category; a column with more is free text or an identifier."""

MAX_INTEGER: Final = 2**53
"""Largest magnitude of an integer that a double holds exactly."""

MARGIN: Final = 0.5
"""Distance of the allowed range from the training range, as a share of the latter."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
"""Number with a decimal comma."""

THOUSANDS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
"""Number with commas for thousands."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """Values of one column."""

    name: str
    """Name in the header."""
    type: str
    """`number`, `integer` or `category`."""
    levels: tuple[str, ...]
    """Levels of a category, sorted; empty for numbers."""
    values: NDArray[np.float64]
    """One number per row; of a category, the index of its level; NaN if it is missing."""
    has_decimal_comma: bool = False
    texts: Mapping[float, str] = field(default_factory=dict[float, str])
    """Whole number -> its text in the file, where it is always written in the same other way, such as 01."""
    missing_texts: tuple[str, ...] = ()
    """Texts of the missing values, sorted."""

    @property
    def missing(self) -> int:
        """Number of missing values."""
        return int(np.isnan(self.values).sum())

    @property
    def present(self) -> NDArray[np.float64]:
        """Values that are not missing."""
        return self.values[~np.isnan(self.values)]

    @property
    def is_whole(self) -> bool:
        """Whether all values are whole numbers, perhaps written as 1.0."""
        return not self.levels and bool((self.present % 1 == 0).all())

    @property
    def distinct(self) -> int:
        """Number of different values."""
        return len(np.unique(self.present))

    def training_range(self) -> tuple[float, float]:
        """Return the smallest and the largest value."""
        return float(self.present.min()), float(self.present.max())

    def allowed_range(self) -> tuple[float, float]:
        """Return the range that requests may have: `MARGIN` beyond the training range, in round numbers.

        Values that were never negative stay so.
        """
        minimum, maximum = self.training_range()
        margin = MARGIN * (maximum - minimum) or abs(maximum) * MARGIN or 1.0
        unit = 10.0 ** math.floor(math.log10(margin))
        if self.type == "integer":
            unit = max(unit, 1.0)
        low, high = math.floor((minimum - margin) / unit), math.ceil((maximum + margin) / unit)
        # Decimal text keeps 0.1 * 3 from becoming 0.30000000000000004.
        low, high = float(f"{low * unit:.12g}"), float(f"{high * unit:.12g}")
        if not (math.isfinite(low) and math.isfinite(high)):
            return minimum, maximum
        return (0.0 if minimum >= 0 > low else min(low, minimum)), max(high, maximum)


def read_column(table: CsvTable, name: str) -> Column:
    """Infer the type of a column, and read its values.

    Raises:
        DataError: It is empty, or mixes numbers with texts.
    """
    texts = table.column(name)
    present = [text for text in texts if text.lower() not in MISSING]
    if not present:
        raise DataError(f"Column {name} is empty. Leave it out with --features.")
    commas = any(map(DECIMAL_COMMA.fullmatch, present))
    if commas and all(_NUMBER.fullmatch(text) or DECIMAL_COMMA.fullmatch(text) for text in present):
        if all(THOUSANDS.fullmatch(text) for text in present if "," in text):
            example = next(text for text in present if "," in text)
            raise DataError(
                f"Column {name} is ambiguous: {example} is {example.replace(',', '.')} with a decimal comma, "
                f"or {example.replace(',', '')} with one for thousands. Write it as one of these."
            )
        return _numbers(table, name, [text.replace(",", ".") for text in texts], has_decimal_comma=True)
    numeric = [text for text in present if _NUMBER.fullmatch(text)]
    if len(numeric) == len(present):
        return _numbers(table, name, texts, has_decimal_comma=False)
    if any(map(THOUSANDS.fullmatch, present)) or len(numeric) * 2 >= len(present):
        line, text = next(
            (line, text)
            for line, text in zip(table.lines, texts, strict=True)
            if text.lower() not in MISSING and not _NUMBER.fullmatch(text)
        )
        raise DataError(
            f"Column {name} holds numbers, but {text!r} in line {line}. Correct it or remove the row."
        )
    levels = tuple(sorted(set(present)))
    indices = {level: float(index) for index, level in enumerate(levels)}
    return Column(
        name=name,
        type="category",
        levels=levels,
        values=np.array([indices.get(text, math.nan) for text in texts]),
        missing_texts=_missing_texts(texts),
    )


def _missing_texts(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({text for text in texts if text.lower() in MISSING}))


def _other_texts(texts: Sequence[str], values: Sequence[float]) -> dict[float, str]:
    """Return the text of each whole number, unless one has several or all are written as usual."""
    pairs = {(value, text) for text, value in zip(texts, values, strict=True) if value % 1 == 0}
    is_usual = all(text == str(int(value)) for value, text in pairs)
    return {} if is_usual or len(dict(pairs)) < len(pairs) else dict(pairs)


def _numbers(table: CsvTable, name: str, texts: Sequence[str], *, has_decimal_comma: bool) -> Column:
    values: list[float] = []
    are_integers = True
    for text, line in zip(texts, table.lines, strict=True):
        if text.lower() in MISSING:
            values.append(math.nan)
            continue
        value = float(text)
        if not math.isfinite(value):
            raise DataError(f"Column {name} holds {text} in line {line}, which is beyond every double.")
        are_integers = are_integers and _INTEGER.fullmatch(text) is not None and abs(value) < MAX_INTEGER
        values.append(value)
    return Column(
        name=name,
        type="integer" if are_integers else "number",
        levels=(),
        values=np.array(values),
        has_decimal_comma=has_decimal_comma,
        texts=_other_texts(texts, values),
        missing_texts=_missing_texts(texts),
    )


def feature_bounds(column: Column) -> dict[str, Any]:
    """Return the keys of a definition's feature that hold its allowed values."""
    if column.levels:
        return {"levels": list(column.levels)}
    low, high = column.allowed_range()
    if column.type == "integer":
        return {"minimum": int(low), "maximum": int(high)}
    return {"minimum": low, "maximum": high}
