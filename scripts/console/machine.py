"""Processor and commit of a measurement, which benchmarks write next to their figures."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]

DIRTY: Final = "-dirty"
"""Suffix of the commit of a working tree with uncommitted changes or untracked files."""


def processor_name() -> str:
    """Return the model of the processor, or its architecture if the system does not name the model."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def project_commit() -> str:
    """Return the first 12 digits of the project's commit, with the suffix `DIRTY` if files differ from it.

    Outside of git it is empty.
    """
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return f"{commit}{DIRTY}" if _git("status", "--porcelain") else commit
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PROJECT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 (our own words)
