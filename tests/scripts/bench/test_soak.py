from __future__ import annotations

import json
import shutil
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench import soak
from scripts.bench.soak import trend
from scripts.cli import main
from tests.suite.waiting import until


@given(st.floats(-10, 10), st.floats(10, 200), st.integers(3, 50))
def test_memory_that_grows_evenly_has_that_trend(per_hour: float, at_first: float, samples: int):
    seen = [(5.0 * sample, at_first + per_hour * 5.0 * sample / 3_600) for sample in range(samples)]
    assert trend(seen) == pytest.approx(per_hour, abs=1e-6)


def test_memory_that_fills_in_the_first_tenth_has_no_trend():
    seen = [(float(second), min(50.0, 40.0 + second)) for second in range(200)]
    assert trend(seen) == pytest.approx(0)


def test_the_memory_is_sampled_several_times_and_once_more_at_the_end():
    sizes = count(1)
    server: Any = SimpleNamespace(pss_megabytes=lambda: float(next(sizes)))
    with soak.memory_samples(server, 0.1) as samples:
        until(lambda: len(samples) > 2)
        seen = len(samples)
    assert len(samples) > seen
    assert [megabytes for _, megabytes in samples] == list(range(1, len(samples) + 1))


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_the_load_stays_below_the_capacity_and_the_memory_is_sampled():
    words = ["bench", "soak", "--minutes", "0.05", "--share", "0.3", "--format", "json"]
    command = CliRunner().invoke(main, words)
    result = json.loads(command.stdout)
    assert command.exit_code == (1 if result["failed"] else 0)
    assert result["requests"] > 0
    assert 0 < result["requests_per_second"] < result["capacity"]
    # At the start and at the end, also if the machine stalls between.
    assert len(result["pss_megabytes"]) >= 2
    assert all(megabytes > 1 for megabytes in result["pss_megabytes"])
