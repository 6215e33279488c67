"""Percentile of a sample."""

from __future__ import annotations

import pytest

from scripts.bench.percentile import percentile


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 500), (0.9, 900), (0.99, 990), (0.999, 999), (0.9999, 1_000), (1.0, 1_000)]
)
def test_a_percentile_is_the_nearest_rank(share: float, expected: int):
    assert percentile(range(1, 1_001), share) == expected


def test_a_percentile_is_a_sample_whatever_their_order_and_number():
    assert percentile([], 0.99) == 0
    assert percentile([3.0], 0.99) == 3
    assert percentile([1.0, 0.0], 0.99) == 1
    assert percentile([1.0, 0.0], 0.5) == 0
