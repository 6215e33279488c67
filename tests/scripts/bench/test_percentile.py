"""Percentile of a sample."""

from __future__ import annotations

from scripts.bench.percentile import percentile_99


def test_the_99th_percentile_lies_between_the_two_nearest_samples():
    assert percentile_99([]) == 0
    assert percentile_99([3.0]) == 3
    assert percentile_99([float(each) for each in range(101)]) == 99
    # 99 % of the way from 0 to 1.
    assert percentile_99([0.0, 1.0]) == 0.99
