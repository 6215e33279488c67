"""Rounding of learned parameters, so that every machine writes the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGNIFICANT_DIGITS: Final = 12
"""Significant digits of parameters. The solver is exact to about 14; later digits depend on the instructions
of the machine's linear algebra."""


def rounded(numbers: NDArray[np.float64], digits: int = SIGNIFICANT_DIGITS) -> NDArray[np.float64]:
    """Round to significant digits through decimal text, so that `json` writes no further digits."""
    texts = [float(f"{number:.{digits - 1}e}") for number in numbers.ravel().tolist()]
    return np.array(texts).reshape(numbers.shape)
