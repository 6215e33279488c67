"""Loss of a part of the cloud under load: figures, table and sentence that several lessons share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.status import Status
    from scripts.bench.load.results import LoadResult
    from scripts.local.lessons.stage import Stage

RATE: Final = 40.0
"""Requests per second during the loss."""

BEFORE_SECONDS: Final = 5.0
AFTER_SECONDS: Final = 5.0
"""Seconds of load before the loss, and after the repair."""


@dataclass(frozen=True)
class Period:
    """Answers in one part of the time."""

    name: Text
    seconds: float
    requests: int
    bad: int
    p50_ms: float
    p99_ms: float
    instances: int
    """Instances that answered."""


@dataclass(frozen=True)
class Outage:
    """Course of a loss."""

    periods: list[Period]
    repaired: float | None
    """Seconds until the cloud was whole again; None if it was not in time."""

    @property
    def before(self) -> Period:
        """Period before the loss."""
        return self.periods[0]

    @property
    def requests(self) -> int:
        """Requests in all periods."""
        return sum(it.requests for it in self.periods)

    @property
    def bad(self) -> int:
        """Requests that failed or got a wrong answer, in all periods."""
        return sum(it.bad for it in self.periods)


def period(name: Text, seconds: float, result: LoadResult) -> Period:
    """Return a period from the result of its requests."""
    return Period(
        name,
        seconds,
        result.requests,
        result.failed + result.wrong,
        result.latency_ms["p50"],
        result.latency_ms["p99"],
        len(result.instances),
    )


def measure_outage(stage: Stage, break_it: Callable[[], Callable[[Status], bool]], within: float) -> Outage:
    """Load the cloud, break a part of it, and wait until it is repaired.

    Args:
        stage: Running cloud.
        break_it: Breaks the part, and returns whether a status shows that it is repaired.
        within: Maximum seconds until the repair.
    """
    with stage.load(RATE) as load:
        stage.pause(BEFORE_SECONDS)
        broken = load.now
        is_repaired = break_it()
        repaired = stage.wait_until(is_repaired, within)
        whole = load.now
        stage.pause(AFTER_SECONDS)
        end = load.now
    return Outage(
        [
            period(Text("before", "antes"), broken, load.between(0, broken)),
            period(
                Text("until the repair", "hasta la reparación"), whole - broken, load.between(broken, whole)
            ),
            period(Text("after", "después"), end - whole, load.between(whole, end)),
        ],
        repaired,
    )


def outage_table(figures: Outage) -> Table:
    """Return a row for each period."""
    return Table(
        (
            Text("period", "periodo"),
            "s",
            Text("requests", "peticiones"),
            Text("failed", "fallidas"),
            "p50 ms",
            "p99 ms",
            Text("instances that answered", "instancias que respondieron"),
        ),
        [
            (
                it.name,
                f"{it.seconds:.1f}",
                f"{it.requests:,}",
                str(it.bad),
                f"{it.p50_ms:,.1f}",
                f"{it.p99_ms:,.0f}",
                str(it.instances),
            )
            for it in figures.periods
        ],
    )


def outage_conclusion(figures: Outage, *, lost: Text, repair: Text) -> Text:
    """Return the failures and the time until the repair.

    Args:
        figures: Course of the loss.
        lost: The part that was lost, as the subject of a sentence.
        repair: The part that repaired it, as the subject of a sentence.
    """
    if figures.repaired is None:
        return Text(
            f"{lost.en} was not repaired in time; {figures.bad} of {figures.requests:,} requests failed.",
            f"{lost.es} no se reparó a tiempo; fallaron {figures.bad} de {figures.requests:,} peticiones.",
        )
    return Text(
        f"{lost.en} was lost, {figures.bad} of {figures.requests:,} requests failed, and after "
        f"{figures.repaired:.1f} s {repair.en}.",
        f"{lost.es} se perdió, fallaron {figures.bad} de {figures.requests:,} peticiones y, a los "
        f"{figures.repaired:.1f} s, {repair.es}.",
    )
