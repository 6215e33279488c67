"""Processor and commit of a measurement, which benchmarks write next to their figures."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

from scripts.console.commands import run_command

PROJECT: Final = Path(__file__).resolve().parents[2]
"""Folder of the project."""

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
        head = run_command("git", "rev-parse", "--short=12", "HEAD", cwd=PROJECT)
        status = run_command("git", "status", "--porcelain", cwd=PROJECT)
    except OSError:
        return ""
    if head.returncode or status.returncode:
        return ""
    return head.stdout.strip() + (DIRTY if status.stdout else "")
