"""Services that listen, by the URL that they log, and a port at which none does."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator
    from pathlib import Path

START_SECONDS = 30


@contextmanager
def closed_port() -> Generator[int]:
    """Yield a port of this machine at which nothing listens, nor another process can until the end."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def wait_until_listening(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until a service has logged its URL, and return it; fail with the log if it ends or is late."""
    deadline = time.monotonic() + START_SECONDS
    while "listening on " not in (text := log.read_text()):
        assert process.poll() is None, text
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
    return text.partition("listening on ")[2].partition('"')[0]
