"""Hours of a month and of a week, as bills count them."""

from __future__ import annotations

from typing import Final

HOURS_PER_MONTH: Final = 730
"""365 days of 24 hours over 12 months, as AWS's own calculator counts."""


HOURS_PER_WEEK: Final = 168
