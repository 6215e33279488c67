from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.robustness.requests import VALID_REQUESTS, mutated, split


@given(st.integers(0))
def test_the_same_seed_makes_the_same_requests(seed: int):
    one, again, another = (list(mutated(Random(each), 300)) for each in (seed, seed, seed + 1))  # noqa: S311 (reproducible)
    assert one == again != another


@given(st.randoms(use_true_random=True))
def test_every_request_has_bytes_in_each_of_its_writes(random: Random):
    assert all(all(writes) for writes in mutated(random, 50))


def test_most_requests_are_invalid():
    invalid = [b"".join(writes) not in VALID_REQUESTS for writes in mutated(Random(5), 1_000)]  # noqa: S311 (reproducible)
    assert sum(invalid) > 950


def test_each_valid_request_is_split_before_each_of_its_bytes():
    pieces = list(split())
    assert len(pieces) == sum(len(request) - 1 for request in VALID_REQUESTS)
    assert {first + second for first, second in pieces} == set(VALID_REQUESTS)
