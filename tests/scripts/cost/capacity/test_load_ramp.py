from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.capacity.load_ramp import MAXIMUM_CONNECTIONS, LoadStep, best_step, ramp_up
from scripts.cost.capacity.vcpu_throughput import CapacityError


def step(connections: int, p99_ms: float, requests: int = 1_000) -> LoadStep:
    return LoadStep(connections=connections, requests=requests, seconds=2, cpu_seconds=0.5, p99_ms=p99_ms)


def test_a_step_counts_by_the_clock_and_by_the_processor():
    assert step(1, 1).per_second == 500
    assert step(1, 1).per_vcpu == 2_000


@given(st.floats(0.1, 1_000), st.floats(0.01, 10))
def test_the_climb_ends_where_the_p99_first_passes_the_target(target: float, slowness: float):
    steps = ramp_up(lambda connections: step(connections, connections * slowness), target)
    assert [it.connections for it in steps] == [2**power for power in range(len(steps))]
    assert all(it.p99_ms <= target for it in steps[:-1])
    assert steps[-1].p99_ms > target or steps[-1].connections == MAXIMUM_CONNECTIONS


def test_a_step_that_something_else_held_up_gets_another_try():
    asked: list[int] = []

    def attempt(connections: int) -> LoadStep:
        asked.append(connections)
        return step(connections, 99 if asked == [1, 2] or connections == 4 else 1)

    assert [it.p99_ms for it in ramp_up(attempt, 10)] == [1, 1, 99]
    assert asked == [1, 2, 2, 4, 4]


def test_the_best_is_what_does_most_of_those_that_hold_the_target():
    steps = [step(1, 1, 900), step(2, 2, 1_100), step(4, 3, 1_000), step(8, 11, 5_000)]
    assert best_step(steps, 10) is steps[1]


def test_a_target_that_nothing_holds_is_told_with_what_was_measured():
    with pytest.raises(CapacityError, match=r"p99 of 11 ms, above the target of 10 ms"):
        best_step([step(1, 11)], 10)
