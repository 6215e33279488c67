"""Header line of a CSV batch: the column of each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.batch.rows import BatchError, Fault
from service.http.input_echo import echo

if TYPE_CHECKING:
    from collections.abc import Sequence


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
        raise BatchError(422, "The first line does not name the columns.", faults=faults)
    return [names.index(feature) for feature in features]
