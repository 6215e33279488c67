"""What is read from a batch: flowers that can be answered, and rows that can not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from service.model.flower import Flower


class Fault(NamedTuple):
    """One thing that is wrong with a row."""

    field: str
    given: str | None
    """What it held, as short text; None where nothing was given."""
    allowed: str


class InvalidRow(NamedTuple):
    """A row that holds no flower that can be classified."""

    row: int
    """Its place among the rows, counted from 1."""
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRows:
    """A batch: good rows and bad ones make up its rows together."""

    flowers: list[Flower]
    """As they were given, in the order of their rows."""
    refused: list[InvalidRow]
    """In the order of their rows."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.flowers) + len(self.refused)


class BatchError(Exception):
    """The batch as a whole cannot be answered."""

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
        """Of HTTP."""
        self.detail = detail
        self.faults = faults
        """What is wrong with no row of its own."""
        self.refused = refused


def too_many_flowers(most: int) -> BatchError:
    """Say that a batch has more flowers than one may have."""
    return BatchError(413, f"The batch has more than {most} flowers.")
