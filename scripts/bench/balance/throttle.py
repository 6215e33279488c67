"""Throttle: a process that stops another one for a part of the time, as a busy host would.

    python -m scripts.bench.balance.throttle <pid> <seconds of each run>

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

PERIOD_SECONDS: Final = 0.2
"""Seconds from the beginning of a stop to that of the next."""

RUNNING_SECONDS: Final = 0.004
"""Seconds after each stop: by default 2 % of the time, in which an instance gets through few requests."""


@contextmanager
def throttled(pid: int, running: float = RUNNING_SECONDS) -> Generator[None]:
    """Stop a process within the block, but for `running` seconds of each period."""
    command = [sys.executable, "-m", __name__, str(pid), str(running)]
    try:
        with child_process(lambda: subprocess.Popen(command, stdin=subprocess.PIPE)):  # noqa: S603 (our module)
            yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def main() -> None:
    """Stop and continue the process until it or the command ends."""
    pid, running, parent = int(sys.argv[1]), float(sys.argv[2]), os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends it, when it has stopped its load
    with suppress(ProcessLookupError):
        while os.getppid() == parent:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(PERIOD_SECONDS - running)
            os.kill(pid, signal.SIGCONT)
            time.sleep(running)


if __name__ == "__main__":
    main()
