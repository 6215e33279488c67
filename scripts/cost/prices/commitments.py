"""Commitments: terms of reserved instances and Savings Plans, and the ways to pay for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

HOURS_PER_YEAR: Final = 8_760
"""Hours of a year of a reservation: 365 days."""

MONTHS_PER_YEAR: Final = 12

Commitment: TypeAlias = Literal[
    "none", "1y", "1y-partial-upfront", "1y-no-upfront", "3y", "3y-partial-upfront", "3y-no-upfront"
]
"""Term and payment; a term without a payment is paid all upfront."""

Payment: TypeAlias = Literal["All Upfront", "Partial Upfront", "No Upfront"]
"""Way to pay, as AWS's price list writes it."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """Term of a commitment."""

    years: int
    payment: Payment

    @property
    def hours(self) -> int:
        """Its hours."""
        return self.years * HOURS_PER_YEAR

    @property
    def months(self) -> int:
        """Its months."""
        return self.years * MONTHS_PER_YEAR


TERMS: Final[dict[Commitment, Term]] = {
    "1y": Term(years=1, payment="All Upfront"),
    "1y-partial-upfront": Term(years=1, payment="Partial Upfront"),
    "1y-no-upfront": Term(years=1, payment="No Upfront"),
    "3y": Term(years=3, payment="All Upfront"),
    "3y-partial-upfront": Term(years=3, payment="Partial Upfront"),
    "3y-no-upfront": Term(years=3, payment="No Upfront"),
}
"""Term of each commitment."""

COMMITMENTS: Final[tuple[Commitment, ...]] = ("none", *TERMS)
"""All commitments."""

NAMES: Final[dict[Commitment, str]] = {
    "none": "on demand",
    "1y": "1 year, all upfront",
    "1y-partial-upfront": "1 year, partial upfront",
    "1y-no-upfront": "1 year, no upfront",
    "3y": "3 years, all upfront",
    "3y-partial-upfront": "3 years, partial upfront",
    "3y-no-upfront": "3 years, no upfront",
}
"""Name of each commitment; a key of `translations`."""
