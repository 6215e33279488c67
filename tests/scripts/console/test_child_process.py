"""Child process that ends with its block, whenever a signal comes."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from scripts.console.child_process import child_process
from scripts.console.termination import exit_on_signal

if TYPE_CHECKING:
    from collections.abc import Callable

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def interrupted_start(pids: list[int], number: signal.Signals) -> Callable[[], subprocess.Popen[bytes]]:
    """Return a function that starts a process, and gets a signal before it returns."""

    def start() -> subprocess.Popen[bytes]:
        started = subprocess.Popen(SLEEP)
        pids.append(started.pid)
        signal.raise_signal(number)
        return started

    return start


@pytest.mark.usefixtures("signal_handlers")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_whose_start_a_signal_interrupts_is_stopped(number: signal.Signals):
    pids: list[int] = []
    with (
        pytest.raises(SystemExit) as exit_,
        exit_on_signal(),
        child_process(interrupted_start(pids, number)),
    ):
        pytest.fail("the block has been entered")
    assert exit_.value.code == 128 + number
    assert not psutil.pid_exists(pids[0])


def test_a_process_is_stopped_after_an_error_in_the_block():
    with pytest.raises(ValueError, match="within"), child_process(lambda: subprocess.Popen(SLEEP)) as started:
        raise ValueError("within")
    assert started.returncode == -signal.SIGTERM
