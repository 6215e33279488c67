"""Workers of a running service."""

from __future__ import annotations

import psutil


def workers_of(supervisor: int) -> set[psutil.Process]:
    """Return the workers that live, by the process id of their supervisor."""
    return {process for process in psutil.Process(supervisor).children() if _is_worker(process)}


def _is_worker(process: psutil.Process) -> bool:
    """Return whether a child is a worker that lives, and has not ended meanwhile."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # Workers that are new processes have a tracker of what they share beside them.
        return "resource_tracker" not in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
