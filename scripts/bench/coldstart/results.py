"""Results of a cold start benchmark, and the ratios between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.bench.coldstart import process_start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.bench.environment import Conditions

LABELS: Final = {
    "empty": "Empty handler",
    "ours": "Ours",
    "framework": "Ours, no hot path",
    "tutorial": "The tutorial's",
}
"""In the order of table and chart."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one handler took."""

    cold_ms: process_start.Spread
    warm_us: process_start.Spread
    modules: int
    each_cold_ms: tuple[float, ...]
    """In the order of the runs."""

    @classmethod
    def of(cls, measured: Sequence[process_start.Start]) -> Result:
        """Sum up the runs of one handler."""
        cold = tuple(round(start.cold_ms, 3) for start in measured)
        warm = [round(start.warm_us, 3) for start in measured]
        return cls(
            cold_ms=process_start.Spread.of(cold),
            warm_us=process_start.Spread.of(warm),
            modules=measured[0].modules,
            each_cold_ms=cold,
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All results, and under which conditions they came about."""

    conditions: Conditions
    runs: int
    results: Mapping[str, Result]

    @property
    def share(self) -> float:
        """What our start takes, as a share of the tutorial's."""
        return self.results["ours"].cold_ms.median / self.results["tutorial"].cold_ms.median

    @property
    def over_empty(self) -> float:
        """What our start takes, in starts of an empty process."""
        return self.results["ours"].cold_ms.median / self.results["empty"].cold_ms.median

    @property
    def quicker_when_warm(self) -> float:
        """How many warm events ours answers while the framework alone answers one."""
        return self.results["framework"].warm_us.median / self.results["ours"].warm_us.median
