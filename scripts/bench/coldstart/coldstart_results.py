"""Results of a cold start benchmark, and the ratios between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.bench.coldstart import process_start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.bench.measurement_conditions import MeasurementConditions

LABELS: Final = {
    "empty": "Empty handler",
    "ours": "Ours",
    "framework": "Ours, no fast path",
    "tutorial": "The tutorial's",
}
"""Handler -> its label, in the order of the table and the chart."""


@dataclass(frozen=True, kw_only=True)
class ColdStartResult:
    """Measurements of one handler."""

    cold_ms: process_start.Quartiles
    warm_us: process_start.Quartiles
    modules: int
    each_cold_ms: tuple[float, ...]
    """Each cold start in milliseconds, in the order of the runs."""

    @classmethod
    def of(cls, measured: Sequence[process_start.ColdStart]) -> ColdStartResult:
        """Compute the result of one handler from its runs."""
        cold = tuple(round(start.cold_ms, 3) for start in measured)
        warm = [round(start.warm_us, 3) for start in measured]
        return cls(
            cold_ms=process_start.Quartiles.of(cold),
            warm_us=process_start.Quartiles.of(warm),
            modules=measured[0].modules,
            each_cold_ms=cold,
        )


@dataclass(frozen=True, kw_only=True)
class ColdStartComparison:
    """Results of all handlers, and the conditions of the measurement."""

    conditions: MeasurementConditions
    runs: int
    results: Mapping[str, ColdStartResult]

    @property
    def share(self) -> float:
        """Our cold start, as a share of the tutorial's."""
        return self.results["ours"].cold_ms.median / self.results["tutorial"].cold_ms.median

    @property
    def over_empty(self) -> float:
        """Our cold start, as a multiple of the empty handler's."""
        return self.results["ours"].cold_ms.median / self.results["empty"].cold_ms.median

    @property
    def quicker_when_warm(self) -> float:
        """Speed of our warm events, as a multiple of those without the fast path."""
        return self.results["framework"].warm_us.median / self.results["ours"].warm_us.median
