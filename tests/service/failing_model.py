"""A model that fails at every call, as no request can make a real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.model.feature import Row


@dataclass(frozen=True)
class FailingModel:
    """Model whose every method raises an error with a secret in it."""

    classes: int = 3

    def decide(self, row: Row) -> int:
        raise ZeroDivisionError(f"secret of {row}")

    def decide_all(self, rows: Iterable[Row]) -> list[int]:
        raise ZeroDivisionError(f"secret of {rows}")

    def specialize(self) -> None:
        """Do nothing."""

    def probabilities(self, row: Row) -> tuple[float, ...]:
        raise ZeroDivisionError(f"secret of {row}")

    def value(self, row: Row) -> float:
        raise ZeroDivisionError(f"secret of {row}")
