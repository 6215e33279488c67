"""Signals that interrupt an event loop."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from localcloud.provisioning.interruption import SIGNALS, run_interruptible
from scripts.console.termination import exit_on_signal

LOOP = """
import asyncio, sys
from localcloud.provisioning.interruption import run_interruptible
from scripts.console.termination import exit_on_signal

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
    with subprocess.Popen(
        [sys.executable, "-c", LOOP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == "inside\n"
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=60)
    assert (stdout, stderr, running.returncode) == ("cleaned up\n", "", status)


@pytest.mark.usefixtures("signal_handlers")
def test_a_second_ctrl_c_does_not_break_the_clean_up_off():
    cleaned_up: list[str] = []

    async def main() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0.05)  # the loop reads signals from a pipe
            cleaned_up.append("all")

    with pytest.raises(KeyboardInterrupt):
        run_interruptible(main())
    assert cleaned_up == ["all"]


@pytest.mark.usefixtures("signal_handlers")
def test_a_signal_while_the_loop_ends_its_other_tasks_does_not_break_them_off_and_is_not_the_first():
    cleaned_up: list[str] = []

    async def other() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(0.05)
            cleaned_up.append("all")

    async def main() -> None:
        others.append(asyncio.create_task(other()))
        await asyncio.sleep(0)
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)

    others: list[asyncio.Task[None]] = []
    with pytest.raises(KeyboardInterrupt), exit_on_signal():
        run_interruptible(main())
    assert cleaned_up == ["all"]


@pytest.mark.usefixtures("signal_handlers")
def test_a_signal_before_the_coroutine_begins_cancels_it_at_once(monkeypatch: pytest.MonkeyPatch):
    current_task = asyncio.current_task

    def interrupted() -> asyncio.Task[object] | None:
        signal.raise_signal(signal.SIGINT)
        return current_task()

    monkeypatch.setattr(asyncio, "current_task", interrupted)
    with pytest.raises(KeyboardInterrupt), exit_on_signal():
        run_interruptible(asyncio.wait_for(asyncio.sleep(60, 5), 20))


def test_the_result_of_a_coroutine_is_returned_and_signals_are_handled_as_before():
    async def five() -> int:
        return 5

    with exit_on_signal():
        before = [signal.getsignal(each) for each in SIGNALS]
        assert run_interruptible(five()) == 5
        assert [signal.getsignal(each) for each in SIGNALS] == before


@pytest.mark.usefixtures("signal_handlers")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_coroutine_that_keeps_its_cancellation_to_itself(number: signal.Signals):
    async def stubborn() -> int:
        asyncio.get_running_loop().call_soon(signal.raise_signal, number)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return 5
        return 6

    with pytest.raises(SystemExit) as exit_, exit_on_signal():
        run_interruptible(stubborn())
    assert exit_.value.code == 128 + number
