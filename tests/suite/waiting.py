"""Waiting for what another process does, with a deadline instead of a fixed sleep."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def until(happens: Callable[[], Any], seconds: float = 30) -> Any:
    """Return the first true result of a function; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:.0f} s"
        time.sleep(0.02)
    return found
