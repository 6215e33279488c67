"""Measurement of faults: each is injected and watched until it is repaired, while the load goes on."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import psutil

from localcloud.event_log import EventLog
from localcloud.status import read_status
from scripts.bench.faults.fault_results import FaultResult
from scripts.bench.faults.open_load import Answer, longest_outage
from scripts.bench.faults.resource_use import ResourceUse, sample_resources
from scripts.bench.percentile import percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from localcloud.state_dir import StateDir
    from localcloud.status import Status
    from scripts.bench.faults.fault_kinds import Bounds, Fault
    from scripts.bench.faults.open_load import OpenLoad
    from scripts.bench.faults.stack_numbers import StackNumbers

EVERY: Final = 30.0
"""Seconds between two faults in a long measurement."""

BEFORE: Final = 1.0
"""Seconds of load before a fault that count as its own: their requests may be in flight when it happens."""

AFTER: Final = 3.0
"""Seconds of load after a fault is repaired that still count."""

WHOLE_SECONDS: Final = 180.0
"""Maximum seconds until the cloud is whole, before a fault and in the end."""

POLL_INTERVAL: Final = 0.25
"""Seconds between two looks at the cloud, which take processor time from what is measured."""

EVENTS: Final = 200
"""Number of the last events in which that of a fault is looked for."""


@dataclass(frozen=True, kw_only=True)
class _Injected:
    """Fault whose requests are not all answered yet."""

    fault: Fault
    began_at: float
    """Time on the monotonic clock from which requests count."""
    noticed: float | None
    repaired: float | None


class FaultMeasurement:
    """Faults of one cloud, one after the other."""

    def __init__(
        self,
        state_dir: StateDir,
        stack: StackNumbers,
        load: OpenLoad,
        rate: float,
        on_progress: Callable[[str], None],
    ) -> None:
        """Prepare the measurement of a running cloud under load.

        Args:
            state_dir: folder of the cloud.
            stack: its numbers, from which the bounds follow.
            load: load that is being sent.
            rate: its requests per second.
            on_progress: called with a description of each step when it begins.
        """
        self._state_dir = state_dir
        self._stack = stack
        self._load = load
        self._rate = rate
        self._on_progress = on_progress
        self._began = time.monotonic()
        self._pending: deque[_Injected] = deque()
        self.results: list[FaultResult] = []
        """Results of the faults whose requests are all answered."""
        self.resources: list[ResourceUse] = []
        """Samples before each fault and after the last."""

    @property
    def elapsed(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._began

    def run(self, order: Iterator[Fault], minutes: float | None) -> None:
        """Inject faults in this order, until its end or for some minutes."""
        for fault in order:
            self._wait_until_whole()
            self.resources.append(sample_resources(self._state_dir.home, self.elapsed))
            self._on_progress(f"{self.elapsed:.0f} s: {fault.explained}{self._last()}")
            started = time.monotonic()
            time.sleep(BEFORE)
            self._pending.append(self._inject(fault))
            if minutes is None:
                time.sleep(AFTER)
            else:
                time.sleep(max(0.0, started + EVERY - time.monotonic()))
            self._evaluate(self._load.complete_until)
            if minutes is not None and self.elapsed >= 60 * minutes:
                break
        self._wait_until_whole()
        self.resources.append(sample_resources(self._state_dir.home, self.elapsed))
        self._on_progress(f"{self.elapsed:.0f} s: the last answers{self._last()}")
        ended = time.monotonic()
        self._load.wait(ended)
        self._evaluate(ended, is_last=True)

    def _last(self) -> str:
        """Return what the last complete result shows."""
        if not self.results:
            return ""
        last = self.results[-1]
        return f" (before: {last.fault}, {last.failed:,} of {last.requests:,} requests failed)"

    def _status(self) -> Status:
        time.sleep(POLL_INTERVAL)
        return read_status(self._state_dir)

    def _wait_until_whole(self) -> None:
        deadline = time.monotonic() + WHOLE_SECONDS
        while not self._status().is_up and time.monotonic() < deadline:
            pass

    def _inject(self, fault: Fault) -> _Injected:
        started, wall = time.monotonic(), datetime.now(UTC)
        bounds = fault.bounds(self._stack)
        repaired: float | None = None
        try:
            is_repaired = fault.inject(self._state_dir)
            while repaired is None and time.monotonic() - started < bounds.repaired:
                if is_repaired(self._status()):
                    repaired = time.monotonic() - started
        except (psutil.Error, LookupError, ValueError) as error:
            # There is nothing to break, as the fault before is not repaired; the others are still measured.
            self._on_progress(f"{fault.name} is not injected: {error!r}")
        return _Injected(
            fault=fault,
            began_at=started - BEFORE,
            noticed=self._noticed(fault, wall),
            repaired=repaired,
        )

    def _noticed(self, fault: Fault, since: datetime) -> float | None:
        """Return the seconds until the event of a fault; None if there is none."""
        if not fault.event:
            return None
        for event in EventLog(self._state_dir.events).last(EVENTS):
            at = datetime.fromisoformat(event.time)
            if at >= since and fault.event in event.what:
                return (at - since).total_seconds()
        return None

    def _evaluate(self, until: float, *, is_last: bool = False) -> None:
        """Evaluate the faults whose requests were all due before a time on the monotonic clock."""
        while self._pending:
            injected = self._pending[0]
            ended_at = self._pending[1].began_at if len(self._pending) > 1 else until
            if not is_last and (len(self._pending) == 1 or ended_at > until):
                return
            self._pending.popleft()
            answers = [each for each in self._load.take(ended_at) if each.due_at >= injected.began_at]
            bounds = injected.fault.bounds(self._stack)
            self.results.append(_result(injected, bounds, self._rate, answers))


def _result(injected: _Injected, bounds: Bounds, rate: float, answers: Sequence[Answer]) -> FaultResult:
    good = [answer.seconds for answer in answers if not answer.failure]
    return FaultResult(
        fault=injected.fault.name,
        explained=injected.fault.explained,
        requests=len(answers),
        is_passed_on=injected.fault.is_passed_on,
        failures=dict(Counter(answer.failure for answer in answers if answer.failure)),
        implied_failures=round(rate * bounds.lost_share * bounds.lost_seconds, 1),
        p99_ms=round(1_000 * percentile(good, 0.99), 1),
        outage_seconds=round(longest_outage(answers), 2),
        noticed_seconds=None if injected.noticed is None else round(injected.noticed, 2),
        noticed_bound=bounds.noticed,
        repaired_seconds=None if injected.repaired is None else round(injected.repaired, 1),
        repaired_bound=bounds.repaired,
    )
