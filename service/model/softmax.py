"""Softmax: probabilities from scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def softmax(scores: Sequence[float]) -> tuple[float, ...]:
    """Return exp(score) of each score, divided by their sum."""
    # Shifting all scores changes nothing, and keeps exp() from overflowing.
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = math.fsum(powers)
    return tuple(power / total for power in powers)
