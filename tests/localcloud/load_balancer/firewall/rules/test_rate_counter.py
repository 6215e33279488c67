"""Counts of requests by key in a sliding window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from localcloud.load_balancer.firewall.rules.rate_counter import MAXIMUM_KEYS, RateCounter


def test_requests_leave_the_window_after_its_length():
    counter = RateCounter(60)
    assert [counter.add("a", now) for now in (0, 1, 59, 60, 61.5, 200)] == [1, 2, 3, 3, 3, 1]


def test_each_key_is_counted_by_itself():
    counter = RateCounter(60)
    assert [counter.add(key, 0) for key in "aab"] == [1, 2, 1]


def test_the_oldest_key_is_forgotten_when_there_are_too_many():
    counter = RateCounter(300)
    for number in range(MAXIMUM_KEYS):
        counter.add(str(number), 0)
    assert counter.add("0", 1) == 2
    counter.add("new", 2)
    assert counter.add("0", 3) == 3
    assert counter.add("1", 4) == 1


@given(
    times=st.lists(st.integers(0, 900), max_size=60).map(sorted), window=st.sampled_from([60, 120, 300, 600])
)
def test_the_count_is_that_of_the_requests_in_the_window(times: list[int], window: int):
    counter, slot = RateCounter(window), window / 60
    for number, now in enumerate(times):
        in_window = [each for each in times[: number + 1] if int(each / slot) > int(now / slot) - 60]
        assert counter.add("a", now) == len(in_window)
