"""Supervision of a program: killed, stopped or silent, it is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

PROGRAM = """
import pathlib, sys, time
while True:
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(0.05)
"""

SUPERVISOR = """
import pathlib, sys
from localcloud.controller import supervisor
supervisor.HEARTBEAT_TIMEOUT = float(sys.argv[2])
supervisor.LONGEST_DELAY = float(sys.argv[4])
supervisor.supervise([sys.executable, "-c", sys.argv[3], sys.argv[1]], pathlib.Path(sys.argv[1]))
"""


@contextmanager
def supervised(
    heartbeat: Path, timeout: float, program: str, longest_delay: float = 10
) -> Generator[subprocess.Popen[str]]:
    """Supervise a program, which ends with its supervisor."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(heartbeat), str(timeout), program, str(longest_delay)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A supervisor of a program that touches its heartbeat 20 times a second."""
    with supervised(tmp_path / "heartbeat", 60, PROGRAM) as process:
        yield process


def child(supervisor: subprocess.Popen[str]) -> psutil.Process:
    """Return the program once it runs."""
    (found,) = until(lambda: psutil.Process(supervisor.pid).children())
    # Stopped earlier, it would keep the supervisor in vfork(2), which ends once the child runs its program.
    of_supervisor = psutil.Process(supervisor.pid).cmdline()

    def has_begun() -> bool:
        try:
            return found.cmdline() != of_supervisor
        except psutil.NoSuchProcess:  # it has ended already
            return True

    until(has_begun)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_program_that_is_killed_or_stopped_is_started_again(
    supervisor: subprocess.Popen[str], number: signal.Signals
):
    first = child(supervisor)
    first.send_signal(number)
    until(lambda: not first.is_running())
    assert child(supervisor).pid != first.pid


def test_a_program_without_a_heartbeat_is_started_again(tmp_path: Path):
    with supervised(tmp_path / "heartbeat", 0.3, "import time; time.sleep(600)") as process:
        first = child(process)
        until(lambda: not first.is_running())
        assert child(process).pid != first.pid


def test_a_program_that_exits_at_once_waits_twice_as_long_each_time_up_to_the_longest_delay(tmp_path: Path):
    with supervised(tmp_path / "heartbeat", 60, "raise SystemExit(3)", longest_delay=0.5) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
    assert lines == [f"status 3; started again in {seconds} s\n" for seconds in (0.4, 0.5, 0.5)]


def test_a_program_whose_heartbeat_goes_on_is_left_alone(supervisor: subprocess.Popen[str], tmp_path: Path):
    first = child(supervisor)
    before = (tmp_path / "heartbeat").stat().st_mtime_ns
    until(lambda: (tmp_path / "heartbeat").stat().st_mtime_ns > before + 1_000_000_000)
    assert child(supervisor) == first


def test_its_program_ends_with_it(supervisor: subprocess.Popen[str]):
    running = child(supervisor)
    os.kill(supervisor.pid, signal.SIGTERM)
    assert supervisor.wait(timeout=30) == 0
    until(lambda: not running.is_running())
