"""Scores -> probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def softmax(scores: Sequence[float]) -> tuple[float, ...]:
    """Return exp(score) for each, as a share of their sum."""
    # It does not change when all scores are shifted, and so exp() cannot overflow.
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = math.fsum(powers)
    return tuple(power / total for power in powers)
