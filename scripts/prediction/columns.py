"""Columns of a file that a predictor takes: found by their names, with cells as a service reads them.

A file of training data is one: what `iris train` understands in it, such as a decimal comma, is understood
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.training.own_data.column import DECIMAL_COMMA, MISSING, THOUSANDS
from scripts.training.own_data.inferred_definition import UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.model.feature import Feature


def find_columns(header: Sequence[str], features: Sequence[Feature]) -> list[list[int]]:
    """Return the columns of each feature: all by their names, or all by their short names, or by either.

    There is one for each feature, unless the header is wrong.
    """
    by_name = [_named(header, feature) for feature in features]
    by_short_name = [
        [place for place, cell in enumerate(header) if cell == feature.short_name] for feature in features
    ]
    for found in (by_name, by_short_name):
        if all(len(places) == 1 for places in found) and len({places[0] for places in found}) == len(found):
            return found
    return [short or long for short, long in zip(by_short_name, by_name, strict=True)]


def _named(header: Sequence[str], feature: Feature) -> list[int]:
    """Return the columns with the name of a feature, with its unit or, if there is none, without one."""
    exact: list[int] = []
    without_unit: list[int] = []
    for place, cell in enumerate(header):
        match = UNIT.fullmatch(cell)
        name, unit = (match["name"], match["unit"]) if match else (cell, "")
        if name == feature.name and (feature.type == "category" or unit == feature.unit):
            exact.append(place)
        elif cell == feature.name:
            without_unit.append(place)
    return exact or without_unit


def read_cell(cell: str, feature: Feature, separator: str) -> str:
    """Return a cell as a service reads it: numbers with a decimal point, a missing value as an empty text.

    Where commas separate the cells, one that may stand for thousands is left as it is.
    """
    text = cell.strip()
    if feature.optional and text.lower() in MISSING and text not in feature.levels:
        return ""
    if feature.type == "category":
        return text
    text = text.removeprefix("+")
    if DECIMAL_COMMA.fullmatch(text) and (separator != "," or not THOUSANDS.fullmatch(text)):
        return text.replace(",", ".")
    return text
