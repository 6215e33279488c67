"""Factor by which minutes of scaling are shorter here than on AWS."""

from __future__ import annotations

import os
from typing import Final

TIME_FACTOR: Final = "LOCAL_CLOUD_TIME_FACTOR"
"""Variable with the factor; 1 without it."""


def compressed(seconds: float) -> float:
    """Return how long a warm-up, a cooldown or a period of an alarm lasts here."""
    return seconds / float(os.environ.get(TIME_FACTOR, "1"))
