"""Reads the first line of a CSV: which column holds which length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.batch.rows import BatchError, Fault
from service.http.input_echo import echo
from service.model.flower import FEATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

_ONCE: Final = f"once among the names in the first line, which are {', '.join(FEATURES)} in any order"


def feature_columns(header: Sequence[str]) -> list[int]:
    """Return where each length is found in a row, in the order of `FEATURES`; other columns are passed over.

    Raises:
        BatchError: a name is missing, or is there twice.
    """
    names = [name.strip() for name in header]
    faults = tuple(
        Fault(feature, None if feature not in names else echo(",".join(names)), _ONCE)
        for feature in FEATURES
        if names.count(feature) != 1
    )
    if faults:
        raise BatchError(422, "The first line does not name the columns.", faults=faults)
    return [names.index(feature) for feature in FEATURES]
