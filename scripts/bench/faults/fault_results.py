"""Results of the measurement of faults, as JSON and as a table."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from scripts.console.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.bench.faults.resource_use import ResourceUse
    from scripts.bench.faults.stack_numbers import StackNumbers
    from scripts.bench.measurement_conditions import MeasurementConditions


@dataclass(frozen=True, kw_only=True)
class FaultResult:
    """Measurement of one fault, until the next one."""

    fault: str
    explained: str
    is_passed_on: bool
    """True if an Application Load Balancer too passes such errors on until its health checks have failed."""
    requests: int
    failures: Mapping[str, int]
    """Number of failed requests by reason: a status, `refused`, `reset` or `timeout`."""
    implied_failures: float
    """Maximum number of failed requests that follows from the numbers of the stack."""
    p99_ms: float
    outage_seconds: float
    """Longest time without a good answer."""
    noticed_seconds: float | None
    """Seconds until the controller's event; None if it writes none."""
    noticed_bound: float
    repaired_seconds: float | None
    """Seconds until the cloud was whole again; None if it was not within the bound."""
    repaired_bound: float

    @property
    def failed(self) -> int:
        """Number of failed requests."""
        return sum(self.failures.values())

    @property
    def avoidable(self) -> int:
        """Number of failed requests beyond those that follow from the numbers of the stack."""
        return max(0, self.failed - math.ceil(self.implied_failures))


@dataclass(frozen=True, kw_only=True)
class FaultsResult:
    """Measurement of all faults."""

    conditions: MeasurementConditions
    stack: StackNumbers
    capacity: float | None
    """Requests per second that the fleet answers at most; None if the rate was given."""
    per_second: float
    """Requests per second that were sent."""
    minutes: float
    faults: list[FaultResult]
    resources: list[ResourceUse]
    """Samples before each fault, and after the last."""
    left_processes: int
    """Processes of the cloud that were left after it was stopped."""
    left_ports: list[int]
    """Ports of the cloud that were still in use then."""

    @property
    def is_good(self) -> bool:
        """True if each fault was repaired, and nothing is left."""
        is_repaired = all(fault.repaired_seconds is not None for fault in self.faults)
        return is_repaired and not self.left_processes and not self.left_ports


def print_result(result: FaultsResult) -> None:
    """Print a table of the faults, the sums, and the use of resources."""
    console = Terminal()
    table = Table(box=None)
    table.add_column("fault")
    for name in ("requests", "failed", "implied", "p99 ms", "outage s", "noticed s", "repaired s"):
        table.add_column(name, justify="right")
    for fault in result.faults:
        table.add_row(
            fault.explained,
            f"{fault.requests:,}",
            f"{fault.failed:,}",
            f"≤ {fault.implied_failures:,.0f}",
            f"{fault.p99_ms:,.0f}",
            f"{fault.outage_seconds:.1f}",
            _within(fault.noticed_seconds, fault.noticed_bound, "-"),
            _within(fault.repaired_seconds, fault.repaired_bound, "no"),
        )
    console.print(table, "")
    console.print(summary(result), soft_wrap=True)
    first, last = result.resources[0], result.resources[-1]
    console.print(
        f"Processes {first.processes} → {last.processes}, open files {first.files} → {last.files}, ports "
        f"{first.ports} → {last.ports}, memory {first.megabytes:.0f} → {last.megabytes:.0f} MB. After the "
        f"end, {result.left_processes} processes and {len(result.left_ports)} ports are left.",
        soft_wrap=True,
    )
    console.print(result.conditions.line, soft_wrap=True)


def summary(result: FaultsResult) -> str:
    """Return the sums of all faults in sentences."""
    reasons: Counter[str] = Counter()
    for fault in result.faults:
        reasons.update(fault.failures)
    avoidable = sum(fault.avoidable for fault in result.faults)
    of_capacity = f", {result.per_second / result.capacity:.0%} of the capacity" if result.capacity else ""
    by_reason = "".join(f", {number:,} by {reason}" for reason, number in reasons.most_common())
    return (
        f"{_failed(result.faults)}{by_reason}; "
        f"{avoidable:,} more than follow from the numbers of the stack. {_without_passed_on(result.faults)}"
        f"{len(result.faults)} faults in "
        f"{result.minutes:.1f} minutes, at {result.per_second:,.0f} requests per second{of_capacity}."
    )


def _failed(faults: Sequence[FaultResult]) -> str:
    requests, failed = sum(fault.requests for fault in faults), sum(fault.failed for fault in faults)
    return f"{failed:,} of {requests:,} requests failed ({failed / max(requests, 1):.3%})"


def _without_passed_on(faults: Sequence[FaultResult]) -> str:
    """Return the sums without the faults whose errors no load balancer keeps from clients."""
    passed_on = dict.fromkeys(fault.explained for fault in faults if fault.is_passed_on)
    if not passed_on:
        return ""
    others = _failed([fault for fault in faults if not fault.is_passed_on])
    names = ", the ".join(passed_on)
    return f"Without the {names}, which an ALB too lets answer until it is unhealthy: {others}. "


def _within(seconds: float | None, bound: float, missing: str) -> Text:
    if seconds is None:
        return Text(missing, "red" if missing == "no" else "")
    if seconds <= bound:
        return Text(f"{seconds:.1f} ≤ {bound:.0f}")
    return Text(f"{seconds:.1f} > {bound:.0f}", "red")
