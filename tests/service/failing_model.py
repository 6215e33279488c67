"""A model that fails at every call, as no request can make a real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.model.flower import Flower


@dataclass(frozen=True)
class FailingModel:
    """Model whose every method raises an error with a secret in it."""

    classes: int = 3

    def decide(self, flower: Flower) -> int:
        raise ZeroDivisionError(f"secret of {flower}")

    def decide_all(self, flowers: Iterable[Flower]) -> list[int]:
        raise ZeroDivisionError(f"secret of {flowers}")

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        raise ZeroDivisionError(f"secret of {flower}")
