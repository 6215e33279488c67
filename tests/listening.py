"""Start of a service that logs into a file: the URL that it says it listens on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

START_SECONDS = 30


def wait_until_listening(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until a service has logged its URL, and return it; fail with the log if it ends or is late."""
    deadline = time.monotonic() + START_SECONDS
    while "listening on " not in (text := log.read_text()):
        assert process.poll() is None, text
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
    return text.partition("listening on ")[2].partition('"')[0]
