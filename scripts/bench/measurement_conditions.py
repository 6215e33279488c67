"""Conditions of a measurement: machine, load, versions and commit."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from scripts.console.machine import processor_name, project_commit

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class MeasurementConditions:
    """Machine, load, date, versions and commit of a measurement."""

    date: str
    """ISO 8601, in UTC."""
    processor: str
    processors: int
    load: float
    """Load average of the minute before; a load above the number of processors disturbs a measurement."""
    system: str
    python: str
    versions: dict[str, str]
    commit: str
    """Commit of this project; ends with `-dirty` if files are modified, and is empty outside of git."""

    @property
    def machine(self) -> str:
        """Machine and load, for the footer of a chart."""
        return f"{self.processor}, {self.processors} processors, load {self.load}"

    @property
    def line(self) -> str:
        """All conditions in one line, for the footer of a table."""
        return f"{self.machine}; Python {self.python}; commit {self.commit or 'unknown'}; {self.date}"

    @property
    def software(self) -> str:
        """Names of distributions with their versions."""
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())


def measure_conditions(distributions: Sequence[str]) -> MeasurementConditions:
    """Return the conditions on this machine, with the versions of some distributions."""
    return MeasurementConditions(
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        processor=processor_name(),
        processors=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 1),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        versions={name: version(name) for name in distributions},
        commit=project_commit(),
    )
