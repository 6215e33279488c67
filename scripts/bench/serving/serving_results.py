"""Results of a serving benchmark: medians, and ratios between adjacent measurements."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.bench.serving.wrk import WrkResult


@dataclass(frozen=True, kw_only=True)
class RoundPair:
    """Measurement of a server, and of the floor right before it, under the same load of the machine."""

    floor: WrkResult
    measured: WrkResult


@dataclass(frozen=True, kw_only=True)
class ServingResult:
    """Medians of one server and one kind of request, over all rounds."""

    requests_per_second: float
    to_floor: float
    """Requests a second, as a share of the floor's."""
    p50_ms: float
    p99_ms: float
    p99_to_floor: float
    """p99, as a multiple of the floor's."""
    flowers_per_second: float
    failed: int
    """Failed requests of all rounds."""
    each_to_floor: tuple[float, ...]
    """Ratios of the rounds, in their order."""

    @classmethod
    def of(cls, pairs: Sequence[RoundPair], *, flowers: int) -> ServingResult:
        """Compute the result of at least one pair, for requests with a number of flowers each."""

        def median(figure: Callable[[RoundPair], float]) -> float:
            return statistics.median(map(figure, pairs))

        shares = [pair.measured.per_second / pair.floor.per_second for pair in pairs]
        per_second = median(lambda pair: pair.measured.per_second)
        return cls(
            requests_per_second=round(per_second, 1),
            to_floor=round(statistics.median(shares), 4),
            p50_ms=round(median(lambda pair: pair.measured.p50_ms), 3),
            p99_ms=round(median(lambda pair: pair.measured.p99_ms), 3),
            p99_to_floor=round(median(lambda pair: pair.measured.p99_ms / pair.floor.p99_ms), 3),
            flowers_per_second=round(per_second * flowers, 1),
            failed=sum(pair.measured.failed for pair in pairs),
            each_to_floor=tuple(round(share, 4) for share in shares),
        )
