"""Exchange of petals and sepals that were given in each other's place.

No iris has petals that are both longer and wider than its sepals: in none of the 150 rows of Fisher's data
set is a petal longer or wider than the sepal. People do confuse the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.model.feature import Row

FEATURES: Final = ("pl", "pw", "sl", "sw")

HEADER: Final = "X-Flower-Swapped"
"""Response header: the petals and sepals of the flower were exchanged."""

BATCH_HEADER: Final = "X-Flowers-Swapped"
"""Response header of a batch: number of flowers whose petals and sepals were exchanged."""

DESCRIPTION: Final = "petals and sepals were exchanged"

RESPONSE_KEY: Final = "swapped"


def correct(row: Row) -> Row | None:
    """Return the flower with petals and sepals exchanged, or None if they are in their places."""
    pl, pw, sl, sw = row
    return (sl, sw, pl, pw) if pl > sl and pw > sw else None


def to_correct(rows: Sequence[Row]) -> list[int]:
    """Return the indices of the flowers whose petals and sepals are in each other's place."""
    return [index for index, (pl, pw, sl, sw) in enumerate(rows) if pl > sl and pw > sw]
