"""Signals of the processes that tests start."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def heeding_ctrl_c() -> Generator[None]:
    """Start processes with the default action of SIGINT and SIGHUP, as in a terminal, even if ignored here.

    A shell starts a background process with SIGINT ignored, and `nohup` with SIGHUP ignored, and all
    processes below inherit that. It is right for the tests themselves, but not for a command whose answer to
    Ctrl-C or to the end of the terminal is tested.
    """
    # A signal that is handled here has its default effect in a new program; one that is ignored stays so.
    former = {
        number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
