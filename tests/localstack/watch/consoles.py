"""Consoles of running clouds."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.localstack.conftest import IRIS

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def running_console(home: Path) -> Generator[str]:
    """Run the console of a cloud on a free port; yield the link that opens it."""
    command = [IRIS, "local", "watch", "--home", str(home), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as console:
        try:
            assert console.stdout
            yield console.stdout.readline().strip()
        finally:
            console.send_signal(signal.SIGINT)
            assert console.wait(20) == 0
