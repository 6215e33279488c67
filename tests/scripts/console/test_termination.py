"""Signals as exceptions: the first one decides the exit status, and the clean-up is not interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import IO

import pytest

from localcloud.provisioning.interruption import SIGNALS
from scripts.console.termination import exit_on_signal

# A signal that comes just before a read that blocks is handled after it.
PROGRAM = """
import select
import sys
from scripts.console.termination import exit_on_signal

def say(word):
    print(word, flush=True)
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        pass
    return sys.stdin.readline()

try:
    with exit_on_signal():
        try:
            say("inside")
        finally:
            say("cleaning up")
finally:
    say("on the way out")
"""


def read_word(stdout: IO[str] | None) -> str:
    assert stdout is not None
    return stdout.readline().strip()


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (signal.SIGINT, -signal.SIGINT),  # Python ends by the signal after an uncaught KeyboardInterrupt
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGHUP, 128 + signal.SIGHUP),
    ],
)
def test_later_signals_interrupt_neither_the_clean_up_nor_the_way_out(first: signal.Signals, status: int):
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with running:
        assert running.stdin is not None
        assert read_word(running.stdout) == "inside"
        running.send_signal(first)
        for stage in ("cleaning up", "on the way out"):
            assert read_word(running.stdout) == stage
            for later in (signal.SIGTERM, signal.SIGINT):
                running.send_signal(later)
            running.stdin.write("go on\n")
            running.stdin.flush()
        assert running.wait(timeout=20) == status


def test_signals_are_handled_as_before_after_a_block_that_none_interrupted():
    before = [signal.getsignal(number) for number in SIGNALS]

    with exit_on_signal():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in SIGNALS] == before
