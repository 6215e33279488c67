from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.capacity.load_ramp import MAXIMUM_CONNECTIONS, LoadStep, best_step, p99, ramp_up
from scripts.cost.capacity.vcpu_throughput import CapacityError


def step(connections: int, p99_ms: float, requests: int = 1_000) -> LoadStep:
    return LoadStep(connections=connections, requests=requests, seconds=2, cpu_seconds=0.5, p99_ms=p99_ms)


def test_a_step_has_rates_by_wall_clock_and_by_processor_time():
    assert step(1, 1).per_second == 500
    assert step(1, 1).per_vcpu == 2_000


# Of a thousand latencies, nine are longer than the 991st, and ten longer than the 990th.
@pytest.mark.parametrize(("count", "expected"), [(1, 1), (100, 100), (200, 199), (1_000, 991)])
def test_fewer_than_one_of_a_hundred_requests_take_longer_than_the_p99(count: int, expected: int):
    assert p99(range(count, 0, -1)) == expected


def test_a_step_whose_p99_is_the_target_meets_it():
    assert best_step([step(1, 20)], 20) == step(1, 20)
    assert [it.connections for it in ramp_up(lambda connections: step(connections, 20), 20, 4)] == [1, 2, 4]


@given(st.floats(0.1, 1_000), st.floats(0.01, 10))
def test_the_ramp_ends_at_the_first_p99_above_the_target(target: float, slowness: float):
    steps = ramp_up(lambda connections: step(connections, connections * slowness), target)
    assert [it.connections for it in steps] == [2**power for power in range(len(steps))]
    assert all(it.p99_ms <= target for it in steps[:-1])
    assert steps[-1].p99_ms > target or steps[-1].connections == MAXIMUM_CONNECTIONS


def test_a_step_above_the_target_is_repeated_once():
    attempts: list[int] = []

    def attempt(connections: int) -> LoadStep:
        attempts.append(connections)
        return step(connections, 99 if attempts == [1, 2] or connections == 4 else 1)

    assert [it.p99_ms for it in ramp_up(attempt, 10)] == [1, 1, 99]
    assert attempts == [1, 2, 2, 4, 4]


def test_the_best_step_has_most_requests_among_those_that_meet_the_target():
    steps = [step(1, 1, 900), step(2, 2, 1_100), step(4, 3, 1_000), step(8, 11, 5_000)]
    assert best_step(steps, 10) is steps[1]


def test_a_target_that_no_step_meets_is_reported_with_the_measured_p99():
    with pytest.raises(CapacityError, match=r"p99 of 11 ms, above the target of 10 ms"):
        best_step([step(1, 11)], 10)
