"""Choices of an instance, as pure functions of the candidates and their outstanding requests."""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.choices import CHOICES, LeastConnections, PowerOfTwoChoices, RandomChoice, RoundRobin
from client.instance import Instance

if TYPE_CHECKING:
    from client.choices import Choice


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - the same in each run


SIZES = st.integers(min_value=1, max_value=12)


def instances(number: int) -> list[Instance]:
    return sorted(Instance(f"i-{index:04}", "127.0.0.1", 8_000 + index) for index in range(number))


@given(number=SIZES, rounds=st.integers(min_value=1, max_value=9))
def test_round_robin_gives_each_instance_the_same_number(number: int, rounds: int):
    choose, candidates = RoundRobin(), instances(number)
    chosen = Counter(choose(candidates, {}) for _ in range(number * rounds))
    assert chosen == dict.fromkeys(candidates, rounds)


@given(number=st.integers(min_value=2, max_value=12), out=st.integers(min_value=0, max_value=11))
def test_round_robin_shares_out_the_turns_of_an_ejected_instance_evenly(number: int, out: int):
    choose, all_of_them = RoundRobin(), instances(number)
    choose(all_of_them, {})
    left = [each for index, each in enumerate(all_of_them) if index != out % number]
    chosen = Counter(choose(left, {}) for _ in range(5 * len(left)))
    assert chosen == dict.fromkeys(left, 5)


@given(loads=st.lists(st.integers(min_value=0, max_value=5), min_size=1, max_size=12), seed=st.integers())
def test_least_connections_chooses_a_minimum(loads: list[int], seed: int):
    outstanding = dict(zip(instances(len(loads)), loads, strict=True))
    chosen = LeastConnections(seeded(seed))(list(outstanding), outstanding)
    assert outstanding[chosen] == min(loads)


def test_least_connections_chooses_among_equals_at_random():
    choose, candidates = LeastConnections(seeded(1)), instances(3)
    assert {choose(candidates, {}) for _ in range(60)} == set(candidates)


@given(
    loads=st.lists(st.integers(min_value=0, max_value=9), min_size=2, max_size=12, unique=True),
    seed=st.integers(),
)
def test_two_choices_never_choose_the_most_loaded_instance(loads: list[int], seed: int):
    outstanding = dict(zip(instances(len(loads)), loads, strict=True))
    chosen = PowerOfTwoChoices(seeded(seed))(list(outstanding), outstanding)
    assert outstanding[chosen] < max(loads)


def longest_queue(choose: Choice, number: int) -> int:
    """Return the maximum load after as many requests as instances, none of which ends."""
    outstanding, candidates = Counter[Instance](), instances(number)
    for _ in range(number):
        outstanding[choose(candidates, outstanding)] += 1
    return max(outstanding.values())


# Azar, Broder, Karlin, Upfal, "Balanced allocations" (1999): n balls in n bins have a maximum of
# ln ln n / ln 2 + O(1) with two choices, and of ln n / ln ln n (1 + o(1)) with one.
@pytest.mark.parametrize("seed", range(3))
def test_two_choices_have_a_far_shorter_longest_queue_than_one_at_random(seed: int):
    number = 4_000
    assert longest_queue(PowerOfTwoChoices(seeded(seed)), number) <= math.log2(math.log(number)) + 1
    assert longest_queue(RandomChoice(seeded(seed)), number) >= math.log(number) / math.log(math.log(number))


def test_random_choices_are_uniform():
    choose, candidates, requests = RandomChoice(seeded(7)), instances(4), 8_000
    chosen = Counter(choose(candidates, {}) for _ in range(requests))
    deviation = math.sqrt(requests * 0.25 * 0.75)
    assert all(abs(chosen[each] - requests / 4) < 4 * deviation for each in candidates)


@pytest.mark.parametrize("name", CHOICES)
def test_the_only_instance_is_chosen(name: str):
    (only,) = instances(1)
    assert CHOICES[name]()([only], {only: 9}) == only
