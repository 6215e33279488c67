"""Finds the most that a service does while it still answers quickly: step by step, until it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.cost.capacity.vcpu_throughput import CapacityError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_CONNECTIONS: Final = 256
"""Connections beyond which the client that asks is measured rather than the service."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happened at one number of connections, each of which asks as soon as it was answered."""

    connections: int
    requests: int
    """Answered."""
    seconds: float
    """That passed."""
    cpu_seconds: float
    """Processor time that the service took, of all its processes."""
    p99_ms: float
    """Time within which 99 of 100 requests were answered."""

    @property
    def per_second(self) -> float:
        """Requests a second, as the clients saw them."""
        return self.requests / self.seconds

    @property
    def per_vcpu(self) -> float:
        """Requests for each second that a vCPU works."""
        return self.requests / self.cpu_seconds


def climb(attempt: Callable[[int], Step], p99_target_ms: float, most: int = MOST_CONNECTIONS) -> list[Step]:
    """Double the connections, from one on, until the p99 passes the target; the last step may be above it."""
    steps: list[Step] = []
    connections = 1
    while connections <= most:
        step = attempt(connections)
        if step.p99_ms > p99_target_ms:
            # Something else on the machine may have held it up.
            step = attempt(connections)
        steps.append(step)
        if step.p99_ms > p99_target_ms:
            break
        connections *= 2
    return steps


def best(steps: Sequence[Step], p99_target_ms: float) -> Step:
    """Return the step with most requests per vCPU of those that hold the target.

    Raises:
        CapacityError: none does.
    """
    held = [step for step in steps if step.p99_ms <= p99_target_ms]
    if not held:
        raise CapacityError(
            f"Even one connection has a p99 of {steps[0].p99_ms:g} ms, "
            f"above the target of {p99_target_ms:g} ms."
        )
    return max(held, key=lambda step: step.per_vcpu)
