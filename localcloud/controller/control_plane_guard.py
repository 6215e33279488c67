"""Guard of LocalStack's process, which starts the recovery of a lost one."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from localcloud import processes
from localcloud.state_dir import try_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psutil

    from localcloud.environment import Identity
    from localcloud.event_log import EventLog
    from localcloud.state_dir import StateDir

RETRY_DELAY: Final = 5.0
"""Seconds between the ends of two recoveries."""


class ControlPlaneGuard:
    """Guard of one cloud's LocalStack; without a record of the stack, LocalStack is not the cloud's own."""

    def __init__(
        self,
        state_dir: StateDir,
        identity: Identity,
        events: EventLog,
        command: Sequence[str] = (sys.executable, "-m", "localcloud.controller.recovery"),
    ) -> None:
        """Guard the LocalStack of a cloud; `command` recovers it and removes the marker."""
        self._command = command
        self._state_dir = state_dir
        self._identity = identity
        self._events = events
        self._process: psutil.Process | None = None
        self._recovery: psutil.Process | None = None
        self._ended_at = float("-inf")

    def is_available(self) -> bool:
        """Return whether LocalStack runs with the stack; start its recovery if it does not."""
        if not self._state_dir.stack_record.exists():
            return True
        if self._is_recovering():
            return False
        if fault := self._fault():
            self._recover(fault)
            return False
        return True

    def _is_recovering(self) -> bool:
        """Return whether a recovery is in progress, also one that an earlier controller has started."""
        if self._recovery is not None:
            if processes.is_alive(self._recovery):
                return True
            self._recovery, self._ended_at = None, time.monotonic()
        if not self._state_dir.recovering.exists():
            return False
        with try_lock(self._state_dir.recovery_lock) as is_free:
            return not is_free

    def _fault(self) -> str | None:
        if self._process is None or not processes.is_alive(self._process):
            self._process = self._find()
        if self._process is None:
            return "lost its process"
        if processes.is_stopped(self._process):
            return "was stopped"
        if self._state_dir.recovering.exists():
            return "is incomplete"
        return None

    def _find(self) -> psutil.Process | None:
        found = [each for each in processes.find(self._state_dir.home) if each.role == "control-plane"]
        return found[-1].process if found else None

    def _recover(self, fault: str) -> None:
        if time.monotonic() - self._ended_at < RETRY_DELAY:
            return
        self._events.append(f"LocalStack {fault}; another one is started, and adopts what runs")
        self._state_dir.recovering.touch()
        self._recovery = processes.start(
            self._command,
            home=self._state_dir.home,
            role="recovery",
            log=self._state_dir.logs / "controller.log",
            environment=self._identity.environment(),
            yields=True,
        )
