"""Report of a serving benchmark: results by server, and the conditions of the measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.bench.serving.server_candidates import CANDIDATES, ONE, OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.bench.measurement_conditions import MeasurementConditions
    from scripts.bench.serving.rounds import BenchPlan
    from scripts.bench.serving.serving_results import ServingResult

DISTRIBUTIONS: Final = ("fastapi", "httptools", "pydantic", "scikit-learn", "starlette", "uvicorn", "uvloop")
"""Distributions whose versions affect the results."""


LABELS: Final = {candidate.name: candidate.label for candidate in CANDIDATES}


@dataclass(frozen=True, kw_only=True)
class ServingReport:
    """Results of all servers, and the conditions of the measurement."""

    conditions: MeasurementConditions
    plan: BenchPlan
    results: Mapping[str, Mapping[str, ServingResult]]
    """Server -> kind of request -> result."""
    pss_megabytes: Mapping[str, float]
    absent: Mapping[str, str]
    versions: Mapping[str, str]
    """Server whose label names a distribution -> version of that."""
    workers: Mapping[int, float]
    """Number of workers of this service -> requests per second, with the load generator on the same cores."""
    item: str = "flower"
    """Word for one row of the model."""

    def label(self, name: str) -> str:
        """Return the label of a server, with its version."""
        return " ".join(filter(None, (LABELS[name], self.versions.get(name))))

    def ours_to(self, name: str, kind: str = ONE) -> float:
        """Return the speed of this service as a multiple of another server's."""
        return self.results[OURS][kind].to_floor / self.results[name][kind].to_floor
