"""Under which conditions something was measured: without them, no figure means anything."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Machine, date and versions."""

    date: str
    """ISO 8601, in UTC."""
    processor: str
    processors: int
    load: float
    """Processes that wanted to run in the minute before; more than processors disturb each other."""
    system: str
    python: str
    versions: dict[str, str]
    commit: str
    """Of this project; ends with `+` where files differ from it, and is empty outside of git."""

    @property
    def machine(self) -> str:
        """For the foot of a chart."""
        return f"{self.processor}, {self.processors} processors, load {self.load}"

    @property
    def line(self) -> str:
        """For the foot of a table."""
        return f"{self.machine}; Python {self.python}; commit {self.commit or 'unknown'}; {self.date}"

    @property
    def software(self) -> str:
        """Names of distributions with their versions."""
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())


def conditions(distributions: Sequence[str]) -> Conditions:
    """Look at this machine, and at the versions of some distributions."""
    return Conditions(
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        processor=_processor(),
        processors=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 1),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        versions={name: version(name) for name in distributions},
        commit=_commit(),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str:
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return f"{commit}+" if _git("status", "--porcelain") else commit
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*words: str) -> str:
    command = ["git", "-C", str(ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 (our own words)
