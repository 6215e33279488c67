"""Header line of a CSV batch: the column of each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.batch.rows import BatchError, Fault
from service.http.input_echo import echo

if TYPE_CHECKING:
    from collections.abc import Sequence


OTHER_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""Separators of spreadsheets whose language writes a decimal comma, and of other programs -> their names."""

_ANNOUNCEMENT: Final = "sep="
"""Begin of a first line that announces the separator to a spreadsheet."""


def separator_advice(header: Sequence[str], features: Sequence[str]) -> str:
    """Return a sentence that names a separator which is no comma, and the way out; empty for a comma.

    Args:
        header: Cells of the first line, as if a comma separated them.
        features: Names of the features.
    """
    line = ",".join(header).strip()
    for separator, name in OTHER_SEPARATORS.items():
        cells = [cell.strip(' "') for cell in line.split(separator)]
        announced = line.startswith(_ANNOUNCEMENT) and separator in line
        if announced or (len(cells) > 1 and not set(features).isdisjoint(cells)):
            return f"It is separated by {name}: separate it by commas, and write decimals with a point."
    return ""


def feature_columns(header: Sequence[str], features: Sequence[str]) -> list[int]:
    """Return the index of each feature's column, in the order of `features`; other columns are ignored.

    Raises:
        BatchError: A name is missing or repeated.
    """
    allowed = f"exactly once in the first line, which names {', '.join(features)} in any order"
    names = [name.strip() for name in header]
    faults = tuple(
        Fault(feature, None if feature not in names else echo(",".join(names)), allowed)
        for feature in features
        if names.count(feature) != 1
    )
    if faults:
        detail = f"The first line does not name the columns. {separator_advice(header, features)}".rstrip()
        raise BatchError(422, detail, faults=faults)
    return [names.index(feature) for feature in features]
