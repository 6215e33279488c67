"""Signals of the processes that tests start."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def heeding_ctrl_c() -> Generator[None]:
    """Start processes with the default action of SIGINT, as in a terminal, even if it is ignored here.

    A shell starts what runs in its background with SIGINT ignored, which all processes below inherit. That is
    right for the tests themselves, but not for a command whose answer to Ctrl-C is tested.
    """
    # A signal that is handled here has its default effect in a new program; one that is ignored stays so.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
