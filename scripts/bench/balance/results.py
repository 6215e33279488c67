"""Results of the comparison: share of each instance, latency and errors, as a table and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from scripts.bench.percentile import percentile
from scripts.console.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.bench.balance.open_loop import Sample
    from scripts.bench.measurement_conditions import MeasurementConditions

INSTANCES: Final = ("fast-1", "fast-2", "slow", "cold")
"""Instances of the fleet, by the value of their `X-Served-By`."""

WARM_UP_SECONDS: Final = 3.0
"""Seconds of each turn that count only for the p99 of the start."""


@dataclass(frozen=True, kw_only=True)
class MethodResult:
    """Measurement of one method, over all its turns.

    Its percentiles are medians over the turns, so that one in which the machine was busy does not count.
    """

    method: str
    requests: int
    """Requests of all turns after the warm-up."""
    errors: int
    """Requests without a response 200 within 10 s, with those of the warm-up."""
    shares: Mapping[str, float]
    """Instance -> its share of the responses."""
    p50_ms: float
    p99_ms: float
    p99_ms_of_turns: Sequence[float]
    """p99 of each turn."""
    first_p99_ms: float
    """p99 of the warm-up, in which one instance is cold and nothing is known of any."""


@dataclass(frozen=True, kw_only=True)
class MethodComparison:
    """Results of all methods, and the conditions of the measurement."""

    conditions: MeasurementConditions
    rate: float
    """Requests per second."""
    seconds: float
    rounds: int
    methods: Sequence[MethodResult]


def summarize(method: str, turns: Sequence[Sequence[Sample]]) -> MethodResult:
    """Compute the result of a method from the samples of each of its turns."""
    counted = [[it for it in turn if it.due >= WARM_UP_SECONDS] for turn in turns]
    answered = Counter(it.instance for turn in counted for it in turn if it.instance)
    seconds = [[it.seconds for it in turn] for turn in counted]
    first = [[it.seconds for it in turn if it.due < WARM_UP_SECONDS] for turn in turns]
    p99s = [percentile(turn, 0.99) for turn in seconds]
    return MethodResult(
        method=method,
        requests=sum(map(len, counted)),
        errors=sum(not it.instance for turn in turns for it in turn),
        shares={name: round(answered[name] / max(answered.total(), 1), 4) for name in INSTANCES},
        p50_ms=_milliseconds(median(median(turn) if turn else 0.0 for turn in seconds)),
        p99_ms=_milliseconds(median(p99s)),
        p99_ms_of_turns=[_milliseconds(p99) for p99 in p99s],
        first_p99_ms=_milliseconds(median(percentile(turn, 0.99) for turn in first)),
    )


def _milliseconds(seconds: float) -> float:
    return round(1_000 * seconds, 1)


def print_comparison(comparison: MethodComparison) -> None:
    """Print the table, with a bar for each p99, and the conditions."""
    from rich.table import Table

    table = Table(
        title=f"{comparison.rate:g} batches per second, medians of {comparison.rounds} turns of "
        f"{comparison.seconds:g} s"
    )
    table.add_column("Method")
    for name in (*INSTANCES, "p50 ms", "p99 ms", "of turns", "p99 ms at first", "errors"):
        table.add_column(name, justify="right")
    table.add_column("p99")
    longest = max((it.p99_ms for it in comparison.methods), default=0) or 1
    for it in comparison.methods:
        table.add_row(
            it.method,
            *(f"{it.shares[name]:.0%}" for name in INSTANCES),
            f"{it.p50_ms:,.1f}",
            f"{it.p99_ms:,.1f}",
            f"{min(it.p99_ms_of_turns):,.0f}-{max(it.p99_ms_of_turns):,.0f}",
            f"{it.first_p99_ms:,.1f}",
            str(it.errors),
            "█" * max(1, round(12 * it.p99_ms / longest)),
        )
    console = Terminal()
    console.print(table)
    console.print(comparison.conditions.line, style="dim", soft_wrap=True)
