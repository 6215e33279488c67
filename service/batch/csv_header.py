"""Header line of a CSV batch: the column of each length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.batch.rows import BatchError, Fault
from service.http.input_echo import echo
from service.model.flower import FEATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXACTLY_ONCE: Final = f"exactly once in the first line, which names {', '.join(FEATURES)} in any order"


def feature_columns(header: Sequence[str]) -> list[int]:
    """Return the index of each length's column, in the order of `FEATURES`; other columns are ignored.

    Raises:
        BatchError: A name is missing or repeated.
    """
    names = [name.strip() for name in header]
    faults = tuple(
        Fault(feature, None if feature not in names else echo(",".join(names)), _EXACTLY_ONCE)
        for feature in FEATURES
        if names.count(feature) != 1
    )
    if faults:
        raise BatchError(422, "The first line does not name the columns.", faults=faults)
    return [names.index(feature) for feature in FEATURES]
