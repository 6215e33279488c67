"""Result of a load: answers, percentiles of the latency, and its course by seconds."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.bench.load.demand import rate_at, total_seconds
from scripts.bench.percentile import percentile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.bench.load.demand import Phase
    from scripts.bench.load.generator import LoadRun, Sample

SHARES: Final = (0.5, 0.9, 0.99, 0.999, 0.9999, 1.0)
"""Percentiles of the report, as shares."""

EXAMPLES: Final = 3
"""Number of wrong answers in the report."""


@dataclass(frozen=True, kw_only=True)
class LoadSecond:
    """Second of a load."""

    second: int
    planned: float
    """Requests per second in its middle, of the plan."""
    requests: int
    bad: int
    """Requests that failed or had a wrong answer."""
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """Result of a load."""

    url: str
    plan: str
    """Description of the demand."""
    seconds: float
    """Planned duration; until the last request that was due if the load was interrupted."""
    requests: int
    right: int
    wrong: int
    failed: int
    unanswered: int
    """Requests without a response when the load was interrupted."""
    interrupted: bool
    rate: float
    """Right answers per second."""
    latency_ms: Mapping[str, float]
    """Percentile -> milliseconds from the moment at which a request was due to its answer."""
    service_ms: Mapping[str, float]
    """The same from the moment at which it was sent, which hides the time that it waited to be sent."""
    mean_ms: float
    late_ms: float
    """p99 of the delay with which requests were sent."""
    statuses: Mapping[str, int]
    problems: Mapping[str, int]
    """Reason of failures -> their number."""
    wrong_answers: Sequence[str]
    """The first of them."""
    instances: Mapping[str, int]
    """Instance -> requests that it answered."""
    timeline: Sequence[LoadSecond]

    @property
    def is_good(self) -> bool:
        """True if each answer was right."""
        return not self.wrong and not self.failed


def percentile_name(share: float) -> str:
    """Return the name of a percentile, such as `p99.9`."""
    return "max" if share == 1 else f"p{100 * share:.6g}"


def summarize(url: str, plan: str, phases: Sequence[Phase], run: LoadRun) -> LoadResult:
    """Compute the result of a load.

    Latencies are those of all responses and of the requests that timed out, which waited as long. A refused
    or lost connection has none.
    """
    samples = sorted(run.samples, key=lambda it: it.due)
    verdicts = Counter(it.verdict for it in samples)
    seconds = max((it.due for it in samples), default=0.0) if run.is_stopping else total_seconds(phases)
    latencies = sorted(it.ended - it.due for it in samples if _has_latency(it))
    service = sorted(it.ended - it.sent for it in samples if _has_latency(it) and it.sent is not None)
    late = [(it.ended if it.sent is None else it.sent) - it.due for it in samples]
    return LoadResult(
        url=url,
        plan=plan,
        seconds=round(seconds, 2),
        requests=len(samples) + run.unanswered,
        right=verdicts["right"],
        wrong=verdicts["wrong"],
        failed=verdicts["failed"],
        unanswered=run.unanswered,
        interrupted=run.is_stopping,
        rate=round(verdicts["right"] / seconds, 1) if seconds else 0.0,
        latency_ms=_percentiles(latencies),
        service_ms=_percentiles(service),
        mean_ms=_milliseconds(math.fsum(latencies) / len(latencies)) if latencies else 0.0,
        late_ms=_milliseconds(percentile(late, 0.99)),
        statuses={str(status): number for status, number in sorted(_statuses(samples).items())},
        problems=dict(Counter(it.problem for it in samples if it.verdict == "failed").most_common()),
        wrong_answers=[it.problem for it in samples if it.verdict == "wrong"][:EXAMPLES],
        instances=dict(sorted(Counter(it.served_by for it in samples if it.served_by).items())),
        timeline=_timeline(samples, phases),
    )


def _has_latency(sample: Sample) -> bool:
    return bool(sample.status) or sample.timed_out


def _statuses(samples: Sequence[Sample]) -> Counter[int]:
    return Counter(it.status for it in samples if it.status)


def _percentiles(ascending: Sequence[float]) -> dict[str, float]:
    return {percentile_name(share): _milliseconds(percentile(ascending, share)) for share in SHARES}


def _milliseconds(seconds: float) -> float:
    return round(1_000 * seconds, 2)


def _timeline(samples: Sequence[Sample], phases: Sequence[Phase]) -> list[LoadSecond]:
    by_second: dict[int, list[Sample]] = {}
    for it in samples:
        by_second.setdefault(int(it.due), []).append(it)
    found: list[LoadSecond] = []
    for second in range(max(by_second, default=-1) + 1):
        those = by_second.get(second, [])
        latencies = [it.ended - it.due for it in those if _has_latency(it)]
        found.append(
            LoadSecond(
                second=second,
                planned=round(rate_at(phases, second + 0.5), 2),
                requests=len(those),
                bad=sum(it.verdict != "right" for it in those),
                p50_ms=_milliseconds(percentile(latencies, 0.5)),
                p99_ms=_milliseconds(percentile(latencies, 0.99)),
            )
        )
    return found
