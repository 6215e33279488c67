"""Child process that ends with a block, also if a signal comes while it starts.

`subprocess.Popen` as a context manager loses a process whose start a signal interrupts: the exception leaves
its constructor, and the process goes on.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, AnyStr

from scripts.console.termination import delayed_signals

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Generator


@contextmanager
def child_process(start: Callable[[], subprocess.Popen[AnyStr]]) -> Generator[subprocess.Popen[AnyStr]]:
    """Start a process; terminate it at the end of the block, and wait for it.

    Args:
        start: starts the process.
    """
    started = None
    try:
        with delayed_signals():
            started = start()
        yield started
    finally:
        if started is not None:
            with started:  # closes its pipes and waits
                started.terminate()
