"""Periods of an outage, on a stage whose load has known failures at known moments."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scripts.bench.load.demand import steady
from scripts.bench.load.generator import LoadRun, Sample
from scripts.bench.load.results import summarize
from scripts.local.lessons.outage import AFTER_SECONDS, BEFORE_SECONDS, measure_outage

if TYPE_CHECKING:
    from collections.abc import Generator

    from scripts.bench.load.results import LoadResult

REPAIR_SECONDS = 9.0


@dataclass
class KnownLoad:
    """Load of a request per second, of which those from `failing` to `working` fail."""

    failing: float
    working: float
    now: float = 0.0

    def between(self, since: float, until: float) -> LoadResult:
        samples = [
            Sample(second, second, second, "failed" if self.failing <= second < self.working else "right")
            for second in range(round(since), round(until))
        ]
        return summarize("", "", steady(1, until - since), LoadRun(samples))


@dataclass
class KnownStage:
    """Stage on which the time passes at once."""

    running: KnownLoad

    @contextmanager
    def load(self, _rate: float) -> Generator[KnownLoad]:
        yield self.running

    def pause(self, seconds: float) -> None:
        self.running.now += seconds

    def wait_until(self, _is_repaired: Any, _within: float) -> float:
        self.running.now += REPAIR_SECONDS
        return REPAIR_SECONDS


def test_each_failure_counts_in_the_period_in_which_its_request_was_due():
    loss, repair = BEFORE_SECONDS, BEFORE_SECONDS + REPAIR_SECONDS
    stage: Any = KnownStage(KnownLoad(failing=loss, working=repair))
    found = measure_outage(stage, lambda: lambda _: True, within=60)
    assert [it.bad for it in found.periods] == [0, REPAIR_SECONDS, 0]
    assert [it.requests for it in found.periods] == [BEFORE_SECONDS, REPAIR_SECONDS, AFTER_SECONDS]
    assert [it.seconds for it in found.periods] == [BEFORE_SECONDS, REPAIR_SECONDS, AFTER_SECONDS]
    assert found.repaired == REPAIR_SECONDS
