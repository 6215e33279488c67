"""Waiting for what another process does, with a deadline instead of a fixed sleep."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SHORTEST_PAUSE: Final = 0.02
"""Seconds between two questions that take no time."""

LONGEST_PAUSE: Final = 1.0
"""Seconds."""

PAUSES: Final = 9
"""Pause after a question, in times of its duration, so that asking takes at most a tenth of a core."""


def within(seconds: float, happens: Callable[[], Any]) -> Any:
    """Return the first true result of a function, or its last one after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        found = happens()
        answered = time.monotonic()
        if found or answered > deadline:
            return found
        time.sleep(min(max(SHORTEST_PAUSE, PAUSES * (answered - asked)), LONGEST_PAUSE))


def until(happens: Callable[[], Any], seconds: float = 30) -> Any:
    """Return the first true result of a function; fail after `seconds`."""
    found = within(seconds, happens)
    assert found, f"it did not happen within {seconds:.0f} s"
    return found


def waits(pid: int) -> int:
    """Return how often the threads of a process have waited until now; only Linux counts them."""
    tasks = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(re.findall(r"\nvoluntary_ctxt_switches:\s*(\d+)", task)[0]) for task in tasks)
