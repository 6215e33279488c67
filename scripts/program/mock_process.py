"""Child process that runs Pulumi programs under mocks, one task at a time."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

MOCK_RUN: Final = Path(__file__).with_name("mock_run.py")
"""Program of the child process."""


class ProgramError(RuntimeError):
    """Error of a program that can't be run or rejects its configuration; the text is one line."""


def requested_resources(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a program in the child process; return type, name and inputs of each resource that it requests.

    Args:
        task: folder and arguments of `mock_run.record`, as `mock_run` reads them.

    Raises:
        ProgramError: the program fails.
    """
    process = _process()
    try:
        answer = _exchange(process, task)
    except BaseException:
        # Ctrl-C or SIGTERM: the program must not go on in a folder that its caller removes.
        _process.cache_clear()
        _stop(process)
        raise
    if not answer:
        _process.cache_clear()
        process.communicate()
        raise ProgramError(f"the process that runs programs ended with status {process.returncode}")
    content = cast("dict[str, Any]", json.loads(answer))
    if "error" in content:
        raise ProgramError(" ".join(content["error"].split()))
    return content["resources"]


def _exchange(process: subprocess.Popen[str], task: dict[str, Any]) -> str:
    """Send a task and return the line that answers it; an empty one if the process has ended."""
    assert process.stdin  # noqa: S101 (both are pipes)
    assert process.stdout  # noqa: S101
    try:
        print(json.dumps(task), file=process.stdin, flush=True)
        return process.stdout.readline()
    except BrokenPipeError:
        return ""


@cache
def _process() -> subprocess.Popen[str]:
    """Start the child process; it ends with this one."""
    process = subprocess.Popen(  # noqa: S603 (our own program, no shell)
        # -P: the modules next to mock_run are none of the program's.
        [sys.executable, "-P", str(MOCK_RUN)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A group of its own, so that a program that it has forked can be stopped with it.
        process_group=0,
    )
    atexit.register(_stop, process)
    return process


def _stop(process: subprocess.Popen[str]) -> None:
    """Stop the child process with the program that it runs; close the pipes and wait."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()
