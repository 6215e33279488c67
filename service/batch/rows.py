"""Rows of a batch after reading: valid rows, and invalid rows with their faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from service.model.feature import Row


class Fault(NamedTuple):
    """Invalid or missing field of a row."""

    field: str
    given: str | None
    """Value of the field as short text; None where it is missing."""
    allowed: str


class InvalidRow(NamedTuple):
    """Row that cannot be classified."""

    row: int
    """Number of the row, counted from 1."""
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRows:
    """All rows of a batch, the valid and the invalid ones."""

    flowers: list[Row]
    """Valid rows as given, in the order of their rows."""
    refused: list[InvalidRow]
    """Invalid rows, in their order."""

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.flowers) + len(self.refused)


class BatchError(Exception):
    """Batch that cannot be answered as a whole."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        faults: tuple[Fault, ...] = (),
        refused: tuple[InvalidRow, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        """Status code of HTTP."""
        self.detail = detail
        self.faults = faults
        """Faults of the batch itself, not of one of its rows."""
        self.refused = refused
