# ruff: noqa: S311 (the same seed is to give the same requests)

from __future__ import annotations

from random import Random

from scripts.bench.robustness.requests import RIGHT, mutated, split


def test_the_same_seed_makes_the_same_requests():
    one, again, another = (list(mutated(Random(seed), 300)) for seed in (7, 7, 8))
    assert one == again != another


def test_every_request_made_has_bytes_in_each_of_its_writes():
    assert all(all(writes) for writes in mutated(Random(3), 2_000))


def test_most_have_something_wrong():
    wrong = [b"".join(writes) not in RIGHT for writes in mutated(Random(5), 1_000)]
    assert sum(wrong) > 950


def test_each_right_request_is_split_before_each_of_its_bytes():
    pieces = list(split())
    assert len(pieces) == sum(len(request) - 1 for request in RIGHT)
    assert {first + second for first, second in pieces} == set(RIGHT)
