"""Commands of `iris` that run beside the console: one load, one flood, one roll-out at a time."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT: Final = Path(__file__).resolve().parents[4]

STOPPED_WITHIN: Final = 5.0
"""Seconds that a command has to end after Ctrl-C, before it is killed."""


class BackgroundCommand:
    """Command of `iris` in a process of its own, with its latest line."""

    def __init__(self, words: Sequence[str]) -> None:
        """Start the command with these arguments."""
        self.text = shlex.join(["iris", *words])
        """The command, as it is typed."""
        self.line = ""
        """Its latest line."""
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "scripts", *words],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Ctrl-C of the console is not one of a roll-out, which would be undone.
            start_new_session=True,
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def failed(self) -> bool:
        """Whether it has ended with an error."""
        return self._process.poll() not in {None, 0}

    def stop(self) -> None:
        """Send Ctrl-C, and wait until it has ended."""
        if self.is_running:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _read(self) -> None:
        with self._process.stdout or sys.stdin as output:
            for line in output:
                if text := line.strip():
                    self.line = text
        self._process.wait()
