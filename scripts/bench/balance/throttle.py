"""Throttle: a process that stops another one for a part of the time, as a busy host would.

    python -m scripts.bench.balance.throttle <pid>

It is a process of its own, so that neither the load nor the garbage collection of the command shifts its
moments, and it ends with the command.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from scripts.console.child_process import child_process

if TYPE_CHECKING:
    from collections.abc import Generator

STOPPED_SECONDS: Final = 0.196
RUNNING_SECONDS: Final = 0.004
"""Durations of each stop and of the time after it. An instance gets through few batches in each."""


@contextmanager
def throttled(pid: int) -> Generator[None]:
    """Stop a process for 98 % of the time within the block."""
    command = [sys.executable, "-m", __name__, str(pid)]
    try:
        with child_process(lambda: subprocess.Popen(command, stdin=subprocess.PIPE)):  # noqa: S603 (our module)
            yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def main() -> None:
    """Stop and continue the process until it or the command ends."""
    pid, parent = int(sys.argv[1]), os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends it, when it has stopped its load
    with suppress(ProcessLookupError):
        while os.getppid() == parent:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(STOPPED_SECONDS)
            os.kill(pid, signal.SIGCONT)
            time.sleep(RUNNING_SECONDS)


if __name__ == "__main__":
    main()
