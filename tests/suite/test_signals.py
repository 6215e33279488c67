from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.suite.signals import heeding_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]


@pytest.fixture
def _ignored() -> Iterator[None]:
    """As in the background of a shell."""
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.usefixtures("_ignored")
def test_ctrl_c_ends_what_is_to_heed_it_even_where_it_is_ignored():
    with heeding_ctrl_c():
        process = subprocess.Popen(SLEEP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        try:
            assert process.stdout
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            # So Python ends after KeyboardInterrupt.
            assert process.wait(timeout=30) == -signal.SIGINT
        finally:
            process.kill()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
