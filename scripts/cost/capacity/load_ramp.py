"""Load ramp: doubles the connections until the p99 latency exceeds its target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.cost.capacity.vcpu_throughput import CapacityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MAXIMUM_CONNECTIONS: Final = 256
"""Maximum number of connections; beyond it, the load generator is the bottleneck."""


@dataclass(frozen=True, kw_only=True)
class LoadStep:
    """Result of one number of connections, each with one request at a time."""

    connections: int
    requests: int
    """Number of responses."""
    seconds: float
    """Duration of the step."""
    cpu_seconds: float
    """Processor time of all the service's processes."""
    p99_ms: float
    """Latency within which 99 of 100 requests were answered."""

    @property
    def per_second(self) -> float:
        """Requests per second, as the clients count them."""
        return self.requests / self.seconds

    @property
    def per_vcpu(self) -> float:
        """Requests per second of processor time."""
        return self.requests / self.cpu_seconds


def p99(latencies: Iterable[float]) -> float:
    """Return the latency that fewer than one of a hundred requests exceed, in the unit of the latencies."""
    ascending = sorted(latencies)
    return ascending[len(ascending) * 99 // 100]


def ramp_up(
    attempt: Callable[[int], LoadStep], p99_target_ms: float, maximum: int = MAXIMUM_CONNECTIONS
) -> list[LoadStep]:
    """Double the connections, from one on, until the p99 exceeds the target; return all steps."""
    steps: list[LoadStep] = []
    connections = 1
    while connections <= maximum:
        step = attempt(connections)
        if step.p99_ms > p99_target_ms:
            # Another process may have disturbed the first attempt.
            step = attempt(connections)
        steps.append(step)
        if step.p99_ms > p99_target_ms:
            break
        connections *= 2
    return steps


def best_step(steps: Sequence[LoadStep], p99_target_ms: float) -> LoadStep:
    """Return the step with most requests per vCPU among the steps that meet the target.

    Raises:
        CapacityError: no step meets it.
    """
    held = [step for step in steps if step.p99_ms <= p99_target_ms]
    if not held:
        raise CapacityError(
            f"Even one connection has a p99 of {steps[0].p99_ms:g} ms, above the target of {p99_target_ms:g} "
            "ms."
        )
    return max(held, key=lambda step: step.per_vcpu)
