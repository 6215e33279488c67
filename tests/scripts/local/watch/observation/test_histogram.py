"""Quantiles of durations from the buckets of Envoy and Prometheus."""

from __future__ import annotations

from math import inf

import pytest

from scripts.local.watch.observation.histogram import (
    added,
    cumulative_histogram,
    envoy_histogram,
    merged,
    quantile,
)


def test_a_quantile_lies_within_its_bucket_as_in_prometheus():
    # histogram_quantile of 10 durations up to 100 ms and 10 up to 200 ms: 100 ms for 0.5, 150 ms for 0.75.
    histogram = cumulative_histogram({0.1: 10, 0.2: 20, inf: 20})
    assert quantile(histogram, 0.5) == pytest.approx(0.1)
    assert quantile(histogram, 0.75) == pytest.approx(0.15)
    assert quantile(histogram, 1) == pytest.approx(0.2)


def test_no_durations_have_no_quantile():
    assert quantile({}, 0.5) is None
    assert quantile(cumulative_histogram({0.1: 0, inf: 0}), 0.5) is None


def test_whole_milliseconds_of_envoy_stand_for_up_to_one_more():
    histogram = envoy_histogram(
        [{"lower_bound": 0, "width": 0, "count": 4}, {"lower_bound": 20, "width": 1, "count": 4}]
    )
    assert quantile(histogram, 0.25) == pytest.approx(0.0005)
    assert quantile(histogram, 0.75) == pytest.approx(0.0205)


def test_what_was_counted_before_does_not_count_again():
    before, after = {(0.0, 0.1): 100}, {(0.0, 0.1): 100, (1.0, 2.0): 2}
    assert quantile(added(before, after), 0.5) == pytest.approx(1.5)


def test_all_counts_of_a_process_that_began_anew_are_new():
    assert added({(0.0, 0.1): 100}, {(0.0, 0.1): 3}) == {(0.0, 0.1): 3}


def test_two_load_balancers_are_one_histogram():
    assert merged([{(0.0, 0.1): 1}, {(0.0, 0.1): 2, (0.1, 0.2): 3}]) == {(0.0, 0.1): 3, (0.1, 0.2): 3}
