"""Signals of the processes that tests start."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

INHERITED: Final = (signal.SIGINT, signal.SIGHUP)
"""Signals that a shell ignores in a background process, and `nohup`, and so all processes below them."""


def pytest_configure() -> None:
    """Start processes with the default actions of Ctrl-C and of a closed terminal, even if ignored here.

    What a command does then is tested, wherever the tests themselves run. A signal that is handled has its
    default action in a new program; one that is ignored stays so.
    """
    for number in INHERITED:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _go_on)


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal as if it were ignored."""
