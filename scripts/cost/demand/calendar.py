"""Hours of a month and of a week, as bills count them."""

from __future__ import annotations

from typing import Final

HOURS_PER_MONTH: Final = 730
"""Hours of 365 days divided by 12 months, as in AWS's own calculator."""

HOURS_PER_WEEK: Final = 168
