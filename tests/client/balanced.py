"""Balancer of a fleet that a test registers, whose background work the test does itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from client.health import ClientHealth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from client.balancer import Balancer
    from client.instance import Instance


class Fleet:
    """Instances that the test registers; the first candidate is chosen, with what is outstanding then."""

    def __init__(self, *instances: Instance) -> None:
        self.instances = list(instances)
        self.discoveries = 0
        self.outstanding: dict[Instance, int] = {}
        self.candidates: list[Instance] = []

    def discover(self) -> list[Instance]:
        self.discoveries += 1
        return self.instances

    def choose(self, candidates: Sequence[Instance], outstanding: Mapping[Instance, int]) -> Instance:
        self.outstanding, self.candidates = dict(outstanding), list(candidates)
        return candidates[0]


class ByHand:
    """Background work that the test does itself, and that is not done when it is woken."""

    def __init__(self, work: Callable[[], None], interval: float) -> None:
        self.work = work
        self.interval = interval
        self.is_started = self.is_woken = self.is_closed = False

    def start(self) -> None:
        self.is_started = True

    def wake(self) -> None:
        self.is_woken = True

    def close(self) -> None:
        self.is_closed = True


def health_in_no_time() -> ClientHealth:
    """Return the health of instances by a clock that stands still."""
    return ClientHealth(lambda: 1_000.0)


class Balanced(NamedTuple):
    """Balancer of a fleet, with its background work."""

    balancer: Balancer
    upkeep: ByHand
