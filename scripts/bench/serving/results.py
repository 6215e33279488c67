"""What the rounds add up to: medians, and ratios of what was measured side by side."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.bench.serving.wrk import Round


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A round of somebody, and one of the floor just before: what else the machine did meets both alike."""

    floor: Round
    measured: Round


@dataclass(frozen=True, kw_only=True)
class Result:
    """How somebody did with one kind of request, over all rounds. Medians, each of its own."""

    requests_per_second: float
    to_floor: float
    """Requests a second, as a share of the floor's."""
    p50_ms: float
    p99_ms: float
    p99_to_floor: float
    """p99, as a multiple of the floor's."""
    flowers_per_second: float
    failed: int
    """Of all requests of all rounds."""
    each_to_floor: tuple[float, ...]
    """In the order of the rounds."""

    @classmethod
    def of(cls, pairs: Sequence[Pair], *, flowers: int) -> Result:
        """Sum up at least one pair, of requests with so many flowers each."""

        def median(figure: Callable[[Pair], float]) -> float:
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
