"""Processes that tests have started and left running: a run that leaves any of them fails.

They would take processor time from the rest of the run, and go on after it.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

import psutil
import pytest

from localcloud import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE: Final = "TESTS_OF_PROCESS"
"""Environment variable of all that a process with tests starts: the id of that process."""

GRACE_SECONDS: Final = 10.0
"""Time for processes that are ending."""

END_WITH_THE_RUN: Final = ("mock_run.py", "multiprocessing.resource_tracker")
"""Parts of the command lines of processes that end when the process that started them does."""

LEFT_RUNNING: Final = pytest.StashKey[list[str]]()
"""Command lines of the processes that were left running."""

_OUTPUT: Final = "left_running"
"""Key in the output of a process of pytest-xdist."""


def pytest_configure(config: pytest.Config) -> None:
    os.environ[VARIABLE] = str(os.getpid())
    config.stash[LEFT_RUNNING] = []


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_RUNNING].extend(getattr(node, "workeroutput", {}).get(_OUTPUT, ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    left = session.config.stash[LEFT_RUNNING]
    left.extend(_left_running(os.getpid()))
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:  # a process of pytest-xdist
        output[_OUTPUT] = left
    elif left and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left := config.stash[LEFT_RUNNING]:
        terminalreporter.section("left running")
        terminalreporter.write_line("\n".join(left))


def _left_running(pid: int) -> list[str]:
    """Return the command lines of the processes that this process has started and that do not end."""
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := list(_started_by(pid))) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _started_by(pid: int) -> Iterator[str]:
    for process in psutil.process_iter():
        try:
            if processes.environment(process).get(VARIABLE) != str(pid) or not processes.is_alive(process):
                continue
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if not any(part in command for part in END_WITH_THE_RUN):
            yield command
