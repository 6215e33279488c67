"""Runs of other programs: their output as text, and their errors in one line."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run_command(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without a shell; return its exit status and its output as text.

    Raises:
        OSError: The program can't be started.
        subprocess.TimeoutExpired: It runs longer than `timeout` seconds.
    """
    return subprocess.run(  # noqa: S603 (no shell, and every caller runs a program that it has chosen itself)
        command, cwd=cwd, env=env, timeout=timeout, capture_output=True, text=True, check=False
    )


def last_line(output: str) -> str:
    """Return the last line of a program's output, which usually names its error."""
    return (output.strip().splitlines() or ["no reason given"])[-1].strip()
