"""Signals as exceptions: the first one decides the exit status, and the clean-up is not interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import IO

import pytest

from scripts.console.termination import SIGNALS, exit_on_signal, run_interruptible

PROGRAM = """
import sys
from scripts.console.termination import exit_on_signal

def say(word):
    print(word, flush=True)
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


LOOP = """
import asyncio, sys
from scripts.console.termination import exit_on_signal, run_interruptible

async def turn():
    while True:
        sum(range(10_000))  # so that the signal arrives in a task
        await asyncio.sleep(0)

async def main():
    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(10):
                tasks.create_task(turn())
            print("inside", flush=True)
    finally:
        print("cleaned up", flush=True)

try:
    with exit_on_signal():
        run_interruptible(main())
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_signal_cancels_an_event_loop_and_ends_it_without_a_word(number: signal.Signals, status: int):
    with (
        subprocess.Popen(
            [sys.executable, "-c", LOOP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running,
    ):
        assert read_word(running.stdout) == "inside"
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=60)
    assert (stdout, stderr, running.returncode) == ("cleaned up\n", "", status)


def test_the_result_of_a_coroutine_is_returned_and_signals_are_handled_as_before():
    async def five() -> int:
        return 5

    with exit_on_signal():
        before = [signal.getsignal(each) for each in SIGNALS]
        assert run_interruptible(five()) == 5
        assert [signal.getsignal(each) for each in SIGNALS] == before
