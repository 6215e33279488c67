"""Supervisor of the controller: it starts the reconcile loop again when it exits, or no longer turns.

The instances outlive both. It needs only the standard library, so that it stays small.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from localcloud.state_dir import StateDir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

HEARTBEAT_TIMEOUT: Final = 90.0
"""Seconds without a turn after which the loop is replaced: more than one takes if the AWS API is silent."""

RESTART_DELAY: Final = 0.2
"""Seconds until a loop that has exited is started again; twice as many each time that it exits at once."""

LONGEST_DELAY: Final = 10.0
"""Maximum of that delay, in seconds."""

SETTLED_AFTER: Final = 10.0
"""Seconds after which a loop has not exited at once."""

POLL_INTERVAL: Final = 1.0
"""Seconds between two looks at the heartbeat. A loop that exits or is stopped sends a signal (SIGCHLD)."""


class Signals:
    """Signals that wake this process: one of its child has come, or its own end.

    Their handlers only note it: an exception could come between the start of a child and the variable for it.
    """

    def __init__(self) -> None:
        """Handle SIGCHLD and SIGTERM until this process ends."""
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)  # noqa: FBT003 - the only parameter
        self._writer.setblocking(False)  # noqa: FBT003 - the only parameter
        self.is_ending = False
        """True after SIGTERM."""
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, self._end)

    def wait(self, seconds: float) -> None:
        """Return after a signal, or after some seconds."""
        if select.select([self._reader], [], [], seconds)[0]:
            self._reader.recv(4096)

    def sleep(self, seconds: float) -> None:
        """Return after some seconds, or once this process ends."""
        deadline = time.monotonic() + seconds
        while not self.is_ending and (left := deadline - time.monotonic()) > 0:
            self.wait(left)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.is_ending = True


def supervise(command: Sequence[str], heartbeat: Path) -> None:
    """Keep a program running until SIGTERM, which ends the program too.

    Args:
        command: command line of the program.
        heartbeat: file that the program touches in each turn.
    """
    signals = Signals()
    delay = RESTART_DELAY
    while not signals.is_ending:
        started = time.monotonic()
        heartbeat.touch()
        child = subprocess.Popen(command)  # noqa: S603 (our own program)
        try:
            _wait(child, heartbeat, signals)
        finally:
            child.kill()
            child.wait()
        if signals.is_ending:
            return
        delay = RESTART_DELAY if time.monotonic() - started > SETTLED_AFTER else min(2 * delay, LONGEST_DELAY)
        # Standard output is the controller's log.
        print(f"status {child.returncode}; started again in {delay:.1f} s", flush=True)  # noqa: T201
        signals.sleep(delay)


def _wait(child: subprocess.Popen[bytes], heartbeat: Path, signals: Signals) -> None:
    """Return when a program has exited, is stopped, or its heartbeat is; or this process ends."""
    last, turned_at = heartbeat.stat().st_mtime_ns, time.monotonic()
    while child.poll() is None and not _is_stopped(child.pid) and not signals.is_ending:
        signals.wait(min(POLL_INTERVAL, HEARTBEAT_TIMEOUT))
        if (now := heartbeat.stat().st_mtime_ns) != last:
            last, turned_at = now, time.monotonic()
        # By the monotonic clock, which stands still while the machine sleeps.
        if time.monotonic() - turned_at > HEARTBEAT_TIMEOUT:
            return


def _is_stopped(pid: int) -> bool:
    """Return whether a process is stopped, as by SIGSTOP; False where the system has no /proc.

    As `processes.is_stopped` does, without psutil in this process.
    """
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[0] in {"T", "t"}  # proc(5): the state follows the name
    return False


def main() -> None:
    """Supervise the reconcile loop until SIGTERM."""
    state_dir = StateDir(Path(os.environ["LOCAL_CLOUD_HOME"]))
    supervise([sys.executable, "-m", "localcloud.controller.reconcile_loop"], state_dir.heartbeat)


if __name__ == "__main__":
    main()
