"""Work in steps, run to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

Result = TypeVar("Result")


def finish(steps: Generator[None, None, Result]) -> Result:
    """Run a generator that pauses to its end, and return its result."""
    try:
        while True:
            next(steps)
    except StopIteration as finished:
        result: Result = finished.value
        return result
