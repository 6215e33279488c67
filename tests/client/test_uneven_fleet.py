"""Choices of an instance on the fleet of `iris balance compare`, simulated: no other program disturbs it."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from random import Random
from statistics import median
from typing import TYPE_CHECKING

import pytest

from client.choices import LeastConnections, PowerOfTwoChoices, RoundRobin
from client.instance import Instance
from scripts.bench.balance.throttle import PERIOD_SECONDS, RUNNING_SECONDS
from scripts.bench.load.demand import send_times, steady
from scripts.bench.percentile import percentile

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.choices import Choice

BATCH_SECONDS = 0.001
"""Processor time of a request, as in the measurement."""

FLEET = [Instance(name, "127.0.0.1", port) for port, name in enumerate(("cold", "fast-1", "fast-2", "slow"))]


def end_of(instance: Instance, begin: float) -> float:
    """Return when a request ends that an instance begins; the slow one runs only at the end of each cycle."""
    if instance.instance_id != "slow":
        return begin + BATCH_SECONDS
    cycle, left = PERIOD_SECONDS, BATCH_SECONDS
    while True:
        begin += max(0.0, cycle - RUNNING_SECONDS - begin % cycle)
        if (runs := cycle - begin % cycle) >= left:
            return begin + left
        begin, left = begin + runs + 1e-9, left - runs


def p99(choose: Choice, rate: float, seed: int) -> float:
    """Return the 99th percentile over a minute, in seconds; each instance answers one request at a time."""
    idle_from = dict.fromkeys(FLEET, 0.0)
    outstanding = Counter[Instance]()
    ends: list[tuple[float, int, Instance]] = []
    waits: list[float] = []
    for number, due in enumerate(send_times(steady(rate, 60), seed)):
        while ends and ends[0][0] <= due:
            outstanding[heappop(ends)[2]] -= 1
        chosen = choose(FLEET, outstanding)
        outstanding[chosen] += 1
        idle_from[chosen] = end = end_of(chosen, max(due, idle_from[chosen]))
        heappush(ends, (end, number, chosen))
        waits.append(end - due)
    return percentile(waits, 0.99)


def median_p99(new: Callable[[Random], Choice], rate: float) -> float:
    return median(p99(new(Random(seed)), rate, seed) for seed in range(3))  # noqa: S311 - the same in each run


@pytest.mark.parametrize("rate", [30, 120])
def test_two_choices_are_within_a_fifth_of_the_least_connections(rate: float):
    assert median_p99(PowerOfTwoChoices, rate) <= 1.2 * median_p99(LeastConnections, rate)


def test_the_slow_instance_is_overloaded_by_its_turns_but_not_by_the_least_connections():
    # It can do 20 batches in a second, of which its turn at a rate of 120 is 30.
    assert median_p99(lambda _: RoundRobin(), 120) > 10
    assert median_p99(LeastConnections, 120) < PERIOD_SECONDS
