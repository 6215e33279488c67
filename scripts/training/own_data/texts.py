"""Texts of training data that a definition can't hold, or that hide a quantity, each with its way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scripts.training.own_data.csv_table import DataError
from service.http.agreement import noun_for
from service.model.definition_reader import MAX_CLASSES, MAX_FEATURES, MAX_LABEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.training.own_data.column import Column

_AMOUNT: Final = re.compile(r"[+-]?\s*[$€£¥%]?\s*[+-]?[0-9][0-9.,]*\s*[$€£¥%]?")
"""Number with the sign of a currency or of a percentage."""

_DATE: Final = re.compile(
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})(?:[T ].*)?"
)
"""Date, and perhaps a time."""


def hidden_quantity(column: Column) -> str:
    """Return what the texts of a column are, if all are quantities in disguise; empty if they are levels."""
    for pattern, kind, remedy in (
        (_DATE, "dates", "Write numbers instead, such as the month or the days since the first one."),
        (_AMOUNT, "numbers with a sign", "Write plain numbers, with the unit in the column's name."),
    ):
        if column.levels and all(map(pattern.fullmatch, column.levels)):
            return f"holds {kind}, such as {column.levels[0]}. {remedy}"
    return ""


def check_texts(features: Sequence[Column], target: Column, classes: Sequence[str]) -> None:
    """Check names, levels and classes before they become a definition.

    Raises:
        DataError: There are too many, or one is too long or can't be printed.
    """
    if len(features) > MAX_FEATURES:
        raise DataError(
            f"There are {len(features):,} features, and a model has {MAX_FEATURES:,} at most. Choose some "
            "with --features."
        )
    if len(classes) > MAX_CLASSES:
        raise DataError(
            f"The target {target.name} has {len(classes):,} classes, and a model has {MAX_CLASSES:,} at "
            "most. Merge classes."
        )
    for column in (*features, target):
        if fault := _fault(column.name):
            raise DataError(f"The column {shown(column.name)} {fault}. Rename it in the first line.")
    for column, texts in (*((feature, feature.levels) for feature in features), (target, classes)):
        for text in texts:
            if fault := _fault(text):
                raise DataError(
                    f"Column {column.name} holds {shown(text)}, which {fault}. Replace it in the file."
                )


def shown(text: str) -> str:
    """Return a text in quotation marks, with escapes for what can't be printed, in at most 60 characters."""
    quoted = ascii(text) if not text.isprintable() else f"'{text}'"
    return quoted if len(quoted) <= 60 else f"{quoted[:56]}...'"  # noqa: PLR2004 (see above)


def _fault(text: str) -> str:
    if len(text) > MAX_LABEL:
        return f"has {len(text)} {noun_for(len(text), 'character')}, of {MAX_LABEL} that are allowed"
    if text.isprintable():
        return ""
    if "\n" in text or "\r" in text:
        return "has a line break"
    code = next(ord(character) for character in text if not character.isprintable())
    return f"has a character that can't be printed, U+{code:04X}"
