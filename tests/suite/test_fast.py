from __future__ import annotations

from tests.suite.fast import ROOT, SLOW


def test_all_that_is_left_out_exists():
    assert [path for path in SLOW if not (ROOT / path).exists()] == []
