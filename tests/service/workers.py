"""Workers of a running service."""

from __future__ import annotations

import psutil


def workers_of(supervisor: int) -> set[psutil.Process]:
    """Return the workers that live, by the process id of their supervisor."""
    return {
        process
        for process in psutil.Process(supervisor).children()
        # Workers that are new processes have a tracker of what they share beside them.
        if process.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in " ".join(process.cmdline())
    }
