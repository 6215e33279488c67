"""Termination by SIGTERM as an exception, so that context managers clean up."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType


@contextmanager
def exit_on_sigterm() -> Generator[None]:
    """Raise SystemExit at SIGTERM within the block, with the status that a shell reports for the signal.

    It is for the main thread, which receives all signals.
    """
    previous = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
