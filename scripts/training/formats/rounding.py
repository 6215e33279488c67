"""Rounds what was learned, so that every machine writes the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGNIFICANT_DIGITS: Final = 12
"""Parameters are rounded to so many. The solver is exact to about 14; the digits after that depend on which
instructions the machine's linear algebra uses, and without them every machine writes the same bytes."""


def rounded(numbers: NDArray[np.float64], digits: int = SIGNIFICANT_DIGITS) -> NDArray[np.float64]:
    """Round to significant digits by way of decimal text, so that `json` writes no more digits than these."""
    texts = [float(f"{number:.{digits - 1}e}") for number in numbers.ravel().tolist()]
    return np.array(texts).reshape(numbers.shape)
