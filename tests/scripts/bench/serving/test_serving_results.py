from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.serving.serving_results import RoundPair, ServingResult
from scripts.bench.serving.wrk import WrkResult

requests = st.integers(1, 1_000_000)
milliseconds = st.floats(0.01, 10_000)


@st.composite
def rounds(draw: st.DrawFn) -> WrkResult:
    return WrkResult(
        requests=draw(requests),
        seconds=draw(st.floats(0.5, 60)),
        p50_ms=draw(milliseconds),
        p99_ms=draw(milliseconds),
        failed=draw(st.integers(0, 5)),
    )


pairs = st.builds(RoundPair, floor=rounds(), measured=rounds())


@given(st.lists(pairs, min_size=1, max_size=9))
def test_the_ratio_lies_among_those_of_the_rounds(seen: list[RoundPair]):
    result = ServingResult.of(seen, flowers=1)
    assert len(result.each_to_floor) == len(seen)
    assert min(result.each_to_floor) <= result.to_floor <= max(result.each_to_floor)
    assert result.failed == sum(pair.measured.failed for pair in seen)


@given(rounds())
def test_the_floor_has_ratios_of_one(seen: WrkResult):
    result = ServingResult.of([RoundPair(floor=seen, measured=seen)], flowers=1)
    assert (result.to_floor, result.p99_to_floor) == (1, 1)


@given(st.lists(pairs, min_size=1, max_size=5), st.integers(2, 1_000))
def test_a_request_with_many_flowers_counts_each_of_them(seen: list[RoundPair], flowers: int):
    one, many = ServingResult.of(seen, flowers=1), ServingResult.of(seen, flowers=flowers)
    assert many.requests_per_second == one.requests_per_second
    # Both values are rounded.
    assert many.flowers_per_second == pytest.approx(one.flowers_per_second * flowers, abs=0.06 * flowers)
