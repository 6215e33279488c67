"""Report of a serving benchmark: results by candidate, and the conditions they were measured under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.bench.serving.candidates import CONTESTANTS, ONE, OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.bench.environment import Conditions
    from scripts.bench.serving import rounds as arena
    from scripts.bench.serving.results import Result

DISTRIBUTIONS: Final = ("fastapi", "httptools", "pydantic", "scikit-learn", "starlette", "uvicorn", "uvloop")


LABELS: Final = {contestant.name: contestant.label for contestant in CONTESTANTS}


@dataclass(frozen=True, kw_only=True)
class Report:
    """All results, and under which conditions they came about."""

    conditions: Conditions
    plan: arena.Plan
    results: Mapping[str, Mapping[str, Result]]
    """Contestant -> kind of request -> how it did."""
    pss_megabytes: Mapping[str, float]
    absent: Mapping[str, str]
    workers: Mapping[int, float]
    """Number of our workers -> requests a second; they share all cores with the load generator."""

    def ours_to(self, name: str, kind: str = ONE) -> float:
        """Return how many times as much we answer in a second as somebody else."""
        return self.results[OURS][kind].to_floor / self.results[name][kind].to_floor
